import { and, eq, isNotNull } from 'drizzle-orm';
import { accounts } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { createImage } from '../images/service.ts';

/**
 * Shows a picture beside a member's name, cut to a square. The one before is left to the hourly job. Their
 * live sockets are closed, and every server reads its sessions and pages anew.
 *
 * @throws {Refusal} as {@link createImage}
 */
export async function setAvatar(context: Context, member: Me, file: Buffer): Promise<Me> {
	const { id, url } = await createImage(context, member, { file, shape: 'avatar' });
	await context.db.update(accounts).set({ avatarId: id }).where(eq(accounts.id, member.id));
	context.sockets.closeAccount(member.id);
	return { ...member, avatar: url };
}

/** Takes a member's picture away; does nothing where there is none. */
export async function deleteAvatar({ db, sockets }: Context, member: Me): Promise<void> {
	const { rowCount } = await db
		.update(accounts)
		.set({ avatarId: null })
		.where(and(eq(accounts.id, member.id), isNotNull(accounts.avatarId)));
	if (rowCount) sockets.closeAccount(member.id);
}
