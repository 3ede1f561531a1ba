import { type Static, Type } from 'typebox';
import { Handle, Role } from '../accounts/schema.ts';
import { Removal } from '../posts/schema.ts';
import { body, Id, nullable, Time, writtenText } from '../schema.ts';

export const Reason = body({ reason: writtenText('plain', 1000) });
export type Reason = Static<typeof Reason>;

export const PostRemoval = Type.Object({ postId: Id, removal: Removal });

export const HandleParams = Type.Object({ handle: Handle });
export type HandleParams = Static<typeof HandleParams>;

export const Suspension = Type.Object({
	handle: Type.String(),
	reason: Type.String(),
	at: Time,
});

export const RoleChange = body({ role: Role });
export type RoleChange = Static<typeof RoleChange>;

export const MemberRole = Type.Object({ handle: Type.String(), role: Role });

export const ThreadLock = Type.Object({ slug: Type.String(), lockedAt: Time });

/** What of a member can be hidden. */
export const ProfilePart = Type.Enum(['name', 'headline', 'avatar']);
export type ProfilePart = 'name' | 'headline' | 'avatar';

export const ProfileRemovalParams = Type.Object({ handle: Handle, part: ProfilePart });

/** What moderators took away of a member: a part of the profile, or a picture of a post by its id. */
export const MemberRemoval = Type.Object({
	part: Type.Enum(['name', 'headline', 'avatar', 'image']),
	imageId: nullable(Type.String()),
	reason: Type.String(),
	at: Time,
});
export type MemberRemoval = {
	part: ProfilePart | 'image';
	imageId: string | null;
	reason: string;
	at: string;
};
