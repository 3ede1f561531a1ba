import { type Static, Type } from 'typebox';

/** A picture as it was stored; `url` is a path, `width` and `height` are pixels. */
export const Image = Type.Object(
	{
		id: Type.String(),
		url: Type.String(),
		width: Type.Integer(),
		height: Type.Integer(),
	},
	{ title: 'Image' },
);
export type Image = Static<typeof Image>;

export const ImageParams = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }) });
