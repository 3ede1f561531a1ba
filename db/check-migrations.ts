import { readFile } from 'node:fs/promises';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import * as schema from './schema.ts';

type Journal = { entries: { tag: string }[] };

const meta = new URL('./migrations/meta/', import.meta.url);
const readJson = async (name: string) => JSON.parse(await readFile(new URL(name, meta), 'utf8'));

const { entries } = (await readJson('_journal.json')) as Journal;
const number = entries.at(-1)!.tag.split('_')[0];
const snapshot = await readJson(`${number}_snapshot.json`);
const missing = await generateMigration(snapshot, generateDrizzleJson(schema, snapshot.id));

if (missing.length > 0) {
	process.stderr.write(
		`db/schema.ts and db/migrations disagree. Run npx drizzle-kit generate. Missing:\n${missing.join('\n')}\n`,
	);
	process.exitCode = 1;
} else process.stdout.write('db/schema.ts and db/migrations agree.\n');
