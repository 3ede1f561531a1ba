import { type Static, Type } from 'typebox';
import { body, nullable } from '../schema.ts';

export const PastedAddress = body({ url: Type.String({ minLength: 1, maxLength: 2000 }) });
export type PastedAddress = Static<typeof PastedAddress>;

/** What the page at `url` says of itself. A `title` of null: there is nothing to show, and the rest is null too. */
export const LinkPreview = Type.Object(
	{
		url: Type.String(),
		title: nullable(Type.String()),
		description: nullable(Type.String()),
		siteName: nullable(Type.String()),
	},
	{ title: 'LinkPreview' },
);
export type LinkPreview = Static<typeof LinkPreview>;
