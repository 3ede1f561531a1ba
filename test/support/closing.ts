type Closable = { close(): Promise<void> };

const open = new Set<Promise<Closable>>();

/**
 * What `opening` becomes is closed by the next `closeAll` if nobody has closed it before, and once only: whether its
 * opener still waits for it, has failed, or has never come to its own closing.
 */
export async function closeAtEnd<T extends Closable>(opening: Promise<T>): Promise<T> {
	open.add(opening);
	const opened = await opening.catch((error: unknown) => {
		open.delete(opening);
		throw error;
	});
	const { close } = opened;
	let closing: Promise<void> | undefined;
	opened.close = () => {
		open.delete(opening);
		return (closing ??= close.call(opened));
	};
	return opened;
}

/** Closes what is open, what was opened last first, and then throws what failed of that. */
export async function closeAll(): Promise<void> {
	const failures: unknown[] = [];
	for (const opening of [...open].toReversed()) {
		open.delete(opening);
		const opened = await opening.catch(() => null);
		await opened?.close().catch((error: unknown) => failures.push(error));
	}
	if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed.');
}
