import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../db/client.ts';
import { accounts, sessions } from '../db/schema.ts';
import { openPassword } from '../server/accounts/administration.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, expectProblem } from './support/scenes.ts';

const another = 'five tiles in a row';
let site: TestApp;

beforeAll(async () => {
	site = await createTestApp();
	await site.join('host');
});
afterAll(() => closeSite(site));

const signIn = (client: Client, handle: string, given = password) =>
	client.post('/api/session', { email: `${handle}@example.com`, password: given });

/** Does something while another transaction holds what it locked. */
async function whileHeld<T>(lock: (tx: Tx) => Promise<unknown>, act: () => Promise<T>): Promise<T> {
	return site.database.db.transaction(async (tx) => {
		await lock(tx);
		return act();
	});
}

/** Waits until so many statements of this database wait for a lock. */
async function waitForWaiting(count: number): Promise<void> {
	await expect
		.poll(
			async () => {
				const { rows } = await site.database.db.execute(sql`
					select 1 from pg_stat_activity
					where datname = current_database() and wait_event_type = 'Lock'`);
				return rows.length;
			},
			{ timeout: 20_000, interval: 10 },
		)
		.toBe(count);
}

/** Whether an answer came, or is still to come after a while in which others come. */
const isThere = async (answer: Promise<unknown>) => {
	const probe = Array.from({ length: 3 }, () => signIn(new Client(site.app), 'nobody'));
	return Promise.race([answer.then(() => true), Promise.all(probe).then(() => false)]);
};

test('the old password opens nothing while a reset that has written the new one is about to commit', async () => {
	const before = await site.join('hurried');
	const { token } = await openPassword({ db: site.database.db, audit: () => {} }, 'hurried');
	const reset = new Client(site.app);
	const thief = new Client(site.app);
	const { resetting, signingIn } = await whileHeld(
		// the reset ends this session after it has written the password
		(tx) => tx.select().from(sessions).where(eq(sessions.userId, before.id)).for('update'),
		async () => {
			const resetting = reset.put(`/api/password-resets/${token}`, { password: another });
			await waitForWaiting(1);
			const signingIn = signIn(thief, 'hurried');
			expect(await isThere(signingIn)).toBe(false);
			return { resetting, signingIn };
		},
	);
	expect((await resetting).statusCode).toBe(200);
	const refused = await signingIn;
	const wrong = await signIn(new Client(site.app), 'hurried', 'a wrong one');
	expect(expectProblem(refused, 401)).toEqual(expectProblem(wrong, 401));
	expect(refused.cookies).toEqual([]);
	expect((await reset.get('/api/me')).statusCode).toBe(200);
	expect(await site.database.db.$count(sessions, eq(sessions.userId, before.id))).toBe(1);
});

test('a session that the old password has opened first ends with the reset', async () => {
	const { id } = await site.join('early');
	const { token } = await openPassword({ db: site.database.db, audit: () => {} }, 'early');
	const reset = new Client(site.app);
	const thief = new Client(site.app);
	const [signedIn, wasReset] = await whileHeld(
		(tx) => tx.execute(sql`lock table sessions in share mode`),
		async () => {
			const signingIn = signIn(thief, 'early');
			await waitForWaiting(1);
			const resetting = reset.put(`/api/password-resets/${token}`, { password: another });
			await waitForWaiting(2);
			return [signingIn, resetting] as const;
		},
	).then((answers) => Promise.all(answers));
	expect([signedIn.statusCode, wasReset.statusCode]).toEqual([201, 200]);
	expect((await thief.get('/api/me')).statusCode).toBe(401);
	expect((await reset.get('/api/me')).statusCode).toBe(200);
	expect(await site.database.db.$count(sessions, eq(sessions.userId, id))).toBe(1);
});

test('whoever knew the old password is given no device that the new one knows', async () => {
	await site.join('device');
	const { db } = site.database;
	const account = eq(accounts.handle, 'device');
	const [before] = await db.select().from(accounts).where(account);
	const sessionsOf = site.app.sessions;
	expect(await sessionsOf.create({ id: before!.id, passwordHash: 'another' })).toBeNull();
	const client = new Client(site.app);
	const create = sessionsOf.create;
	sessionsOf.create = async (credentials) => {
		const session = await create(credentials);
		await db.update(accounts).set({ passwordHash: 'another' }).where(account);
		return session;
	};
	const answer = await signIn(client, 'device').finally(() => (sessionsOf.create = create));
	const cookie = answer.cookies.find(({ name }) => name === 'device')!.value;
	const { readDevice } = await import('../server/accounts/devices.ts');
	expect(readDevice(before!, cookie)).not.toBeNull();
	expect(readDevice({ ...before!, passwordHash: 'another' }, cookie)).toBeNull();
});
