import { type Static, type TSchema, Type } from 'typebox';
import type { Me } from './accounts/schema.ts';
import { descriptions, type TextForm, visible } from './text-forms.ts';

/** A positive integer that PostgreSQL's `integer` holds. */
export const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

/** RFC 3339, UTC, milliseconds. */
export const Time = Type.String({ format: 'date-time' });

/** The keyword by which validation cleans a text before anything of it is counted. */
export const textKeyword = 'x-text';
const inForm = (form: TextForm) => ({ [textKeyword]: form, description: descriptions[form] });

/** Text that has something in it a person can see. Lengths count its characters once it is clean. */
export const writtenText = (form: TextForm, maxLength: number, minLength = 1) =>
	Type.String({ ...inForm(form), minLength, maxLength, pattern: visible });

/** Text that may be empty. */
export const openText = (form: TextForm, maxLength: number) =>
	Type.String({ ...inForm(form), maxLength });

/** Text of a body that may be left open. */
export const nullableText = (maxLength: number) =>
	Type.Unsafe<string | null>({ ...inForm('plain'), type: ['string', 'null'], maxLength });

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Fields that are there only if sent; other keys of the body are dropped. */
export const body = <T extends Record<string, TSchema>>(properties: T) =>
	Type.Object(properties, { additionalProperties: false });

export const PageQuery = {
	limit: Type.Integer({ minimum: 1, maximum: 100, default: 30 }),
	cursor: Type.Optional(Type.String({ maxLength: 200 })),
};

export const IdParams = Type.Object({ id: Id });
export type IdParams = Static<typeof IdParams>;

export const listOf = <T extends TSchema>(item: T) =>
	Type.Object({ items: Type.Array(item), next: nullable(Type.String()) });

/** One page of a list; `next` is the cursor of the following page, null on the last. */
export type List<T> = { items: T[]; next: string | null };

/** RFC 9457. */
export const Problem = Type.Object(
	{
		type: Type.String(),
		title: Type.String(),
		status: Type.Integer(),
		detail: Type.Optional(Type.String()),
		errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
	},
	{ title: 'Problem' },
);
export type Problem = Static<typeof Problem>;

/** What a page tells browsers, search engines and those who show a link to it. */
export type Meta = {
	title: string;
	description: string;
	/** absolute URL */
	canonical: string;
	type: 'website' | 'article' | 'profile';
	/** 1200 × 630 pixels, at an absolute URL */
	image: { url: string; alt: string };
	article?: { author: string; publishedAt: string; modifiedAt: string | null };
	/** not for search engines */
	isHidden?: boolean;
};

/** A form that could not be accepted: what was typed, and what is wrong with it. */
export type FailedForm = {
	/** the path the form was sent to */
	action: string;
	values: Record<string, string | string[]>;
	detail: string;
	errors: { path: string; message: string }[];
};

/**
 * Props that every page has. `formKey` seeds the idempotency keys of forms that work without JavaScript;
 * null for readers, whose pages hold nothing of their own.
 */
export type SharedProps = {
	me: Me | null;
	form: FailedForm | null;
	formKey: string | null;
	/** when the page was kept on the device that shows it (RFC 3339); null where it comes from the server */
	keptAt: string | null;
};

export type ErrorPageProps = {
	meta: Meta;
	/** of HTTP; 0 where no answer came */
	status: number;
	title: string;
	detail: string;
	/** those that the device has kept, the last visited first */
	kept?: { url: string; title: string }[];
};
