import { eq } from 'drizzle-orm';
import { accounts, locks, posts, removals, suspensions } from '../../db/schema.ts';
import { welcomeHost } from '../accounts/hosts.ts';
import { isHost, isModerator } from '../accounts/permissions.ts';
import { findAccount } from '../accounts/queries.ts';
import type { Me, Role } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import { eraseFromEvents, toPublicPost } from '../live/service.ts';
import { findPost } from '../posts/queries.ts';
import type { Removal } from '../posts/schema.ts';
import { countReply, readPost } from '../posts/service.ts';
import { findThread } from '../threads/queries.ts';
import { writeThread } from '../writes/write-thread.ts';

/**
 * Removes a post with a reason, or changes the reason of its removal. Its words are taken out of the
 * events of the past as well.
 *
 * @throws {NotFound} if there is no such post
 */
export async function setRemoval(
	context: ActContext,
	member: Me,
	{ postId, reason }: { postId: number; reason: string },
): Promise<Removal> {
	const seen = await findStanding(context, member, postId);
	let isReworded = false;
	const { threadId, kind, author } = seen;
	const removal = await writeThread(context, threadId, async ({ tx, happen }) => {
		const before = await readPost(tx, postId, member);
		if (before.deletedAt) throw new NotFound('There is no such post.');
		if (before.removal) {
			isReworded = true;
			await tx
				.update(removals)
				.set({ reason, moderatorId: member.id })
				.where(eq(removals.postId, postId));
			return { reason, at: before.removal.at };
		}
		await tx.insert(removals).values({ postId, moderatorId: member.id, reason });
		await tx.update(posts).set({ visible: false }).where(eq(posts.id, postId));
		await eraseFromEvents(tx, postId);
		const answer = await countReply(tx, before, -1);
		const { removal } = await readPost(tx, postId, member);
		const { at } = removal!;
		await happen(
			{ type: 'post.removed', postId, at, ...(answer && { answer }) },
			{ kind, authorId: author.id, by: -1 },
		);
		return removal!;
	});
	// that makes no event
	if (isReworded) {
		context.changed('all');
		context.audit('post.removed', { kind: 'post', id: postId }, { reworded: true });
	}
	return removal;
}

/**
 * Puts a removed post back; does nothing where it is not removed.
 *
 * @throws {NotFound} if there is no such post
 */
export async function deleteRemoval(
	context: ActContext,
	member: Me,
	postId: number,
): Promise<void> {
	const seen = await findStanding(context, member, postId);
	const { threadId, kind, author } = seen;
	await writeThread(context, threadId, async ({ tx, happen }) => {
		const before = await readPost(tx, postId, member);
		if (before.deletedAt || !before.removal) return;
		await tx.delete(removals).where(eq(removals.postId, postId));
		await tx.update(posts).set({ visible: true }).where(eq(posts.id, postId));
		const answer = await countReply(tx, before, 1);
		const post = toPublicPost((await findPost(tx, postId, member))!);
		await happen(
			{ type: 'post.restored', postId, post, ...(answer && { answer }) },
			{ kind, authorId: author.id, by: 1 },
		);
	});
}

async function findStanding({ db }: ActContext, member: Me, postId: number) {
	const post = await findPost(db, postId, member);
	if (!post || post.deletedAt) throw new NotFound('There is no such post.');
	return post;
}

/**
 * Locks a thread against answers, replies and edits, or opens it again.
 *
 * @returns when it was locked; null for an open thread
 * @throws {NotFound} if there is no such thread
 */
export async function setLock(
	context: ActContext,
	member: Me,
	{ slug, locked }: { slug: string; locked: boolean },
): Promise<string | null> {
	const thread = await findThread(context.db, slug);
	if (!thread) throw new NotFound('There is no such thread.');
	return writeThread(context, thread.id, async ({ tx, happen }) => {
		const before = (await findThread(tx, slug))!.lockedAt;
		if ((before !== null) === locked) return before;
		if (locked) {
			const values = { threadId: thread.id, moderatorId: member.id };
			await tx.insert(locks).values(values).onConflictDoNothing();
		} else await tx.delete(locks).where(eq(locks.threadId, thread.id));
		const { lockedAt } = (await findThread(tx, slug))!;
		await happen(lockedAt ? { type: 'thread.locked', at: lockedAt } : { type: 'thread.unlocked' });
		return lockedAt;
	});
}

/**
 * Suspends a member with a reason, or ends the suspension (`reason` null); their live sockets are closed, to come back under the new state.
 * Moderators suspend members; the host suspends moderators too; nobody suspends the host or themselves.
 *
 * @throws {Forbidden} if the member may not
 * @throws {NotFound} if there is no such member
 */
export async function setSuspension(
	context: ActContext,
	member: Me,
	{ handle, reason }: { handle: string; reason: string | null },
): Promise<{ handle: string; reason: string; at: string } | null> {
	const suspended = await findAccount(context.db, handle);
	if (!mayActOn(member, suspended))
		throw new Forbidden('A moderator or host is suspended by the host alone, and not oneself.');
	const subject = { kind: 'account', id: suspended.id } as const;
	if (reason === null) {
		const ofSuspended = eq(suspensions.accountId, suspended.id);
		const { rowCount } = await context.db.delete(suspensions).where(ofSuspended);
		context.changed({ account: suspended.id });
		if (rowCount) context.audit('account.unsuspended', subject);
		return null;
	}
	const values = { moderatorId: member.id, reason };
	const [row] = await context.db
		.insert(suspensions)
		.values({ accountId: suspended.id, ...values })
		.onConflictDoUpdate({ target: suspensions.accountId, set: values })
		.returning();
	context.changed({ account: suspended.id });
	context.audit('account.suspended', subject);
	return { handle: suspended.handle, reason: row!.reason, at: row!.createdAt.toISOString() };
}

/**
 * Gives a member another role.
 *
 * @throws {NotFound} if there is no such member
 * @throws {Conflict} if nobody would be the host any more
 */
export async function changeRole(
	context: ActContext,
	member: Me,
	{ handle, role }: { handle: string; role: Role },
): Promise<{ handle: string; role: Role }> {
	const changed = await setRole(context, { handle, role });
	context.changed({ account: changed.id });
	return { handle: changed.handle, role };
}

/**
 * Gives an account a role, on the word of whoever runs the installation.
 *
 * @throws {NotFound} if there is no such member
 * @throws {Conflict} if nobody would be the host any more
 */
export async function setRole(
	{ db, audit }: Pick<ActContext, 'db' | 'audit'>,
	{ handle, role }: { handle: string; role: Role },
): Promise<{ id: number; handle: string; role: Role }> {
	const { from, ...account } = await db.transaction(async (tx) => {
		const hosts = await tx
			.select({ id: accounts.id })
			.from(accounts)
			.where(eq(accounts.role, 'host'))
			.orderBy(accounts.id)
			.for('update');
		const account = await findAccount(tx, handle);
		if (role !== 'host' && hosts.length === 1 && hosts[0]!.id === account.id)
			throw new Conflict('This is the only host. Name another host first.');
		await tx.update(accounts).set({ role }).where(eq(accounts.id, account.id));
		if (role === 'host') await welcomeHost(tx, account.id);
		return { id: account.id, handle: account.handle, role, from: account.role };
	});
	if (from !== role) audit('role.given', { kind: 'account', id: account.id }, { from, to: role });
	return account;
}

/** Whether a moderator may act on a member: on another moderator only the host may, on the host nobody. */
export const mayActOn = (moderator: Me, { role }: { role: Role }): boolean =>
	isModerator(moderator) && (role === 'member' || (role === 'moderator' && isHost(moderator)));
