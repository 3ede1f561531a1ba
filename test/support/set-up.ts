import { openDatabase } from '../../db/client.ts';
import { openPassword } from '../../server/accounts/administration.ts';
import { issueSetUp } from '../../server/accounts/hosts.ts';

/** The token of a link that makes whoever joins by it the host of the site at `databaseUrl`, which has none. */
export async function openSetUp(databaseUrl: string): Promise<string> {
	const database = openDatabase(databaseUrl);
	try {
		return (await issueSetUp(database.db))!;
	} finally {
		await database.close();
	}
}

/** The token of a link that sets a member's password. */
export async function openReset(databaseUrl: string, handle: string): Promise<string> {
	const database = openDatabase(databaseUrl);
	try {
		return (await openPassword({ ...database, audit: () => {} }, handle)).token;
	} finally {
		await database.close();
	}
}
