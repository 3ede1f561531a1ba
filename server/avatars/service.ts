import { and, eq, isNotNull, not, sql } from 'drizzle-orm';
import { accounts, profileRemovals } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { Forbidden } from '../errors.ts';
import { createImage } from '../images/service.ts';

/**
 * Shows a picture beside a member's name, cut to a square. The one before is left to the hourly job. Their
 * live sockets are closed, and every server reads its sessions and pages anew.
 *
 * @throws {Refusal} as {@link createImage}
 * @throws {Forbidden} while a moderator hides it
 */
export async function setAvatar(context: ActContext, member: Me, file: Buffer): Promise<Me> {
	const isHidden = sql`exists (select from ${profileRemovals}
		where ${profileRemovals.accountId} = ${accounts.id} and ${profileRemovals.part} = 'avatar')`;
	const { id, url } = await createImage(context, member, { file, shape: 'avatar' });
	const { rowCount } = await context.db
		.update(accounts)
		.set({ avatarId: id })
		.where(and(eq(accounts.id, member.id), not(isHidden)));
	if (!rowCount)
		throw new Forbidden('A moderator has hidden your picture. The reason is on your own page.');
	context.changed({ account: member.id });
	context.audit('avatar.changed', { kind: 'account', id: member.id }, { image: id });
	return { ...member, avatar: url };
}

/** Takes a member's picture away; does nothing where there is none. */
export async function deleteAvatar({ db, changed, audit }: ActContext, member: Me): Promise<void> {
	const { rowCount } = await db
		.update(accounts)
		.set({ avatarId: null })
		.where(and(eq(accounts.id, member.id), isNotNull(accounts.avatarId)));
	if (!rowCount) return;
	changed({ account: member.id });
	audit('avatar.deleted', { kind: 'account', id: member.id });
}
