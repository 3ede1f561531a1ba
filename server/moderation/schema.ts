import { type Static, Type } from 'typebox';
import { Handle, Role } from '../accounts/schema.ts';
import { Removal } from '../posts/schema.ts';
import { body, Id, Time, writtenText } from '../schema.ts';

export const Reason = body({ reason: writtenText(1000) });
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
