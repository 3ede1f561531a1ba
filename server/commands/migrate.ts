import { runCommand } from './command.ts';

await runCommand(
	`Usage: npm run migrate

Brings the database to the current schema: the one at DATABASE_URL, or else the embedded one in DATA_DIR.
The server does the same at its start.`,
	async () => 'The database has the current schema.',
	{ upgrade: true },
);
