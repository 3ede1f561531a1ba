import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BackupError } from '../backups/contents.ts';
import { runProgram, showProgress, UsageError } from './command.ts';

await runProgram(
	`Usage: npm run backup -- <file>

Writes all that is in the database, and all pictures, into one new file, such as forum.tar.gz, as one moment had
them. The server may be running. The file is read again before the command says that it is there; it holds
addresses and password hashes, and only its owner may read it. “npm run restore” is the way back.`,
	async ({ positionals: [path], config, signal, log }) => {
		const file = resolve(path!);
		if (!config.databaseUrl && !(await stat(join(config.dataDir, 'postgresql')).catch(() => null)))
			throw new BackupError(
				`There is no database in the data folder ${config.dataDir}. Set DATA_DIR to the folder of the server.`,
			);
		const [{ writeBackup }, { describeBackup, openInstallation }] = await Promise.all([
			import('../backups/write.ts'),
			import('../installation.ts'),
		]);
		const installation = await openInstallation(config, { hold: false, upgrade: false, log });
		try {
			const source = describeBackup(config, installation);
			const contents = await writeBackup(source, { file, onProgress: showProgress, signal });
			const { tables, images, missing } = contents;
			const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
			const lost = missing > 0 ? `\n${missing} pictures have no file, and are not in it.` : '';
			return `The backup is in ${file}: ${rows} rows of ${Object.keys(tables).length} tables, and ${images} pictures.${lost}`;
		} finally {
			await installation.close();
		}
	},
	{
		check([file, ...rest]) {
			if (!file || rest.length > 0) throw new UsageError('Expected: the name of one file.');
		},
	},
);
