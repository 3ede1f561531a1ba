import { type DestinationStream, pino } from 'pino';

/** Most bytes of lines that wait for a disk that takes none. */
const mostWaiting = 65_536;

/**
 * Standard output as the log's destination. What it does not take (a full disk, a reader that is gone) waits, and past a
 * bound is dropped: the site goes on, and says how much is missing as soon as it can. Waiting lines are written in order.
 */
export function openLogOutput(): DestinationStream {
	const output = pino.destination({ fd: 1, sync: true, maxLength: mostWaiting });
	let dropped = 0;
	output.on('error', () => {});
	output.on('drop', () => dropped++);
	output.on('write', () => {
		if (dropped === 0) return;
		const missing = {
			level: 40,
			time: Date.now(),
			msg: `${dropped} lines could not be written here`,
		};
		dropped = 0;
		setImmediate(() => output.write(`${JSON.stringify(missing)}\n`));
	});
	return output;
}
