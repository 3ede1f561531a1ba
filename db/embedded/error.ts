/** The database cannot be had: the message is a sentence for the person who starts the server. */
export class EmbeddedDatabaseError extends Error {
	override name = 'EmbeddedDatabaseError';
}

/** Turns a system error into a sentence; programming errors stay what they are. */
export function explain(error: unknown, dataDir: string): unknown {
	const { code, message } = error as NodeJS.ErrnoException;
	if (error instanceof EmbeddedDatabaseError || code === undefined) return error;
	return new EmbeddedDatabaseError(
		`The database in the data folder ${dataDir} cannot be used: ${message}. ` +
			'Check who owns the folder and whether the disk is full, or set DATABASE_URL.',
		{ cause: error },
	);
}
