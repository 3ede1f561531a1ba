import { openDatabase } from '../../db/client.ts';
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
