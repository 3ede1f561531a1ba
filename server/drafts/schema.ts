import { type Static, Type } from 'typebox';
import { body, nullable, Time } from '../schema.ts';

/** Names the form that a draft belongs to, such as `story:ownership` or `reply:7`. */
export const DraftParams = Type.Object({
	key: Type.String({ pattern: '^(story|definition|reply|edit):[a-z0-9-]{1,100}$' }),
});

const Field = Type.Union([
	Type.String({ maxLength: 25_000 }),
	Type.Array(Type.String({ maxLength: 100 }), { maxItems: 10 }),
]);
/** The fields of the form as they were typed, also where they are too long to be sent. */
const DraftContent = Type.Unsafe<Record<string, string | string[]>>({
	type: 'object',
	maxProperties: 5,
	patternProperties: { '^[a-z]{1,20}$': Field },
	additionalProperties: false,
});

/** `replaces` is the `updatedAt` of the draft that this one was made of, null for none; absent: whatever is there. */
export const DraftChange = body({
	content: DraftContent,
	replaces: Type.Optional(nullable(Time)),
});
export type DraftChange = Static<typeof DraftChange>;

export const DraftHead = Type.Object({ key: Type.String(), updatedAt: Time });
export type DraftHead = Static<typeof DraftHead>;

/** What a member has begun to write and not sent. */
export const Draft = Type.Object(
	{ key: Type.String(), content: DraftContent, updatedAt: Time },
	{ title: 'Draft' },
);
export type Draft = Static<typeof Draft>;
