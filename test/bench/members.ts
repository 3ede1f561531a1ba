import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { hashToken } from '../../server/accounts/sessions.ts';

export type Member = { id: number; cookie: string };

/** Makes new members, who have written and upvoted nothing, and signs them in. */
export async function joinMembers(pool: pg.Pool, count: number): Promise<Member[]> {
	const { rows } = await pool.query<{ id: number }>(
		`with next as (select coalesce(max(id), 0) as last from accounts)
		insert into accounts (handle, name, email, password_hash)
		select 'bench_' || last + n, 'Bench ' || n, 'bench_' || last + n || '@weigh-in.example', 'none'
		from next, generate_series(1, $1) as n returning id`,
		[count],
	);
	return signIn(
		pool,
		rows.map(({ id }) => id),
	);
}

/** Gives accounts a session. */
export async function signIn(pool: pg.Pool, ids: number[]): Promise<Member[]> {
	const members = ids.map((id) => ({ id, token: randomBytes(20).toString('hex') }));
	await pool.query(
		`insert into sessions (id, account_id, expires_at)
		select id, account_id, now() + interval '29 days' from unnest($1::text[], $2::int[]) as new (id, account_id)`,
		[members.map(({ token }) => hashToken(token)), ids],
	);
	return members.map(({ id, token }) => ({ id, cookie: `session=${token}` }));
}
