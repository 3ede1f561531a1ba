import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';

/** A value in the text format of COPY. */
export function escapeText(text: string): string {
	return text
		.replaceAll('\\', '\\\\')
		.replaceAll('\n', '\\n')
		.replaceAll('\r', '\\r')
		.replaceAll('\t', '\\t');
}

/** How COPY writes an absent value. */
export const absent = '\\N';

type Field = string | number | boolean;

const chunkSize = 262_144;

/** Copies rows, whose texts are escaped already, into a table. `columns` are their names in SQL. */
export async function copyRows(
	client: pg.Client,
	{ table, columns }: { table: string; columns: string },
	rows: Iterable<Field[]>,
): Promise<void> {
	const stream = client.query(from(`copy ${table} (${columns}) from stdin`));
	await pipeline(Readable.from(toChunks(rows), { objectMode: false }), stream);
}

function* toChunks(rows: Iterable<Field[]>): Generator<string> {
	let chunk = '';
	for (const row of rows) {
		chunk += `${row.join('\t')}\n`;
		if (chunk.length < chunkSize) continue;
		yield chunk;
		chunk = '';
	}
	if (chunk) yield chunk;
}

/**
 * Drops the foreign keys, unique constraints and indexes of some tables, but not their primary keys: rows
 * are loaded many times faster without, and building them afterwards checks every row.
 *
 * @returns makes them again as they were
 */
export async function dropConstraints(
	client: pg.Client,
	tables: string[],
): Promise<() => Promise<void>> {
	const { rows: constraints } = await client.query<{ table: string; name: string; sql: string }>(
		`select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as sql
		from pg_constraint
		where contype = 'u' and conrelid = any($1::text[]::regclass[])
			or contype = 'f' and (conrelid = any($1::text[]::regclass[]) or confrelid = any($1::text[]::regclass[]))
		order by contype, conname`,
		[tables],
	);
	const { rows: indexes } = await client.query<{ name: string; sql: string }>(
		`select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as sql from pg_index
		where indrelid = any($1::text[]::regclass[])
			and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
		order by indexrelid`,
		[tables],
	);
	const foreignFirst = constraints.filter(({ sql }) => sql.startsWith('FOREIGN'));
	const unique = constraints.filter(({ sql }) => sql.startsWith('UNIQUE'));
	for (const { table, name } of [...foreignFirst, ...unique])
		await client.query(`alter table ${table} drop constraint ${name}`);
	for (const { name } of indexes) await client.query(`drop index ${name}`);
	return async () => {
		for (const { sql } of indexes) await client.query(sql);
		for (const { table, name, sql } of [...unique, ...foreignFirst])
			await client.query(`alter table ${table} add constraint ${name} ${sql}`);
	};
}
