import { type Static, Type } from 'typebox';
import { body, Id, type Meta, nullable, openText, Time, writtenText } from '../schema.ts';

export const Role = Type.Enum(['member', 'moderator', 'host']);
export type Role = 'member' | 'moderator' | 'host';

export const Handle = Type.String({ pattern: '^[A-Za-z0-9_]{3,30}$' });

const Password = Type.String({ minLength: 10, maxLength: 200 });

export const SignUp = body({
	handle: Handle,
	name: writtenText('line', 80),
	headline: Type.Optional(openText('line', 80)),
	email: Type.String({ maxLength: 254, format: 'email' }),
	password: Password,
	/** the token of a link that makes its bearer the host of a site without one */
	setUp: Type.Optional(Type.String({ maxLength: 100 })),
});
export type SignUp = Static<typeof SignUp>;

export const SignIn = body({
	email: Type.String({ minLength: 1, maxLength: 254 }),
	password: Type.String({ minLength: 1, maxLength: 200 }),
});
export type SignIn = Static<typeof SignIn>;

/** Where the token of a link stands in an address. */
export const TokenParams = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) });

export const NewPassword = body({ password: Password });

/** Settings of one's own account; absent ones stay. */
export const AccountChange = body({ hidden: Type.Optional(Type.Boolean()) });
export type AccountChange = Static<typeof AccountChange>;

/** The path of a member's picture, 256 px square; null: it is drawn of the initials. */
const Avatar = nullable(Type.String());

/** One's own account, as only its owner sees it. `suspension` is why writing is not allowed now. */
export const Me = Type.Object(
	{
		id: Id,
		handle: Type.String(),
		name: Type.String(),
		headline: nullable(Type.String()),
		email: Type.String(),
		role: Role,
		hidden: Type.Boolean(),
		avatar: Avatar,
		suspension: nullable(Type.Object({ reason: Type.String(), at: Time })),
		createdAt: Time,
	},
	{ title: 'Me' },
);
export type Me = {
	id: number;
	handle: string;
	name: string;
	headline: string | null;
	email: string;
	role: Role;
	/** not counted among the readers, not named while writing */
	hidden: boolean;
	avatar: string | null;
	suspension: { reason: string; at: string } | null;
	createdAt: string;
};

/** A member as everybody sees them beside their words. */
export const Author = Type.Object({
	id: Id,
	handle: Type.String(),
	name: Type.String(),
	headline: nullable(Type.String()),
	avatar: Avatar,
});
export type Author = Static<typeof Author>;

/**
 * `from` is the path to return to; `definition` is what a reader wrote before having an account; `setUp` is the token of
 * a link that makes its bearer the host, where `isHost` says that it does still.
 */
export type SignUpPageProps = {
	meta: Meta;
	from: string;
	definition: string;
	setUp: string;
	isHost: boolean;
};
export type SignInPageProps = { meta: Meta; from: string; definition: string };
/** `token` is the link's, `handle` whose password it is. */
export type PasswordPageProps = { meta: Meta; token: string; handle: string };
