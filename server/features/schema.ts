import { type Static, Type } from 'typebox';
import { Feature } from '../posts/schema.ts';
import { body, Id, nullableText } from '../schema.ts';

/** `highlight` is a passage of the post's text, 3–300 characters; empty or absent for none. */
export const FeatureChange = body({
	note: Type.Optional(nullableText(1000)),
	highlight: Type.Optional(nullableText(300)),
});
export type FeatureChange = Static<typeof FeatureChange>;

export const PostFeature = Type.Object({ postId: Id, feature: Feature });
