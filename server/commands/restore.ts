import { resolve } from 'node:path';
import { BackupError } from '../backups/contents.ts';
import { runProgram, showProgress, UsageError } from './command.ts';

await runProgram(
	`Usage: npm run restore -- <file>

Makes an embedded database, and the folder of its pictures, of what “npm run backup” has written. The data folder,
DATA_DIR, has to be empty or missing. The file is checked first; when anything fails, the folder stays empty.`,
	async ({ positionals: [path], config, signal }) => {
		if (config.databaseUrl)
			throw new BackupError(
				'DATABASE_URL is set, and a backup is restored into an embedded database. Unset it, or use pg_restore with a copy that pg_dump has made.',
			);
		const file = resolve(path!);
		const { restoreBackup } = await import('../backups/restore.ts');
		const { tables, images, createdAt } = await restoreBackup(config, {
			file,
			onProgress: showProgress,
			signal,
		});
		const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
		return `The forum of ${createdAt} is in ${config.dataDir}: ${rows} rows, and ${images} pictures. “npm start” starts it.`;
	},
	{
		check([file, ...rest]) {
			if (!file || rest.length > 0) throw new UsageError('Expected: the name of one file.');
		},
	},
);
