import type { Logger } from 'pino';
import { type AuditDone, auditEvents, type Line, type Origin, type Refused } from './schema.ts';

export type Audit = {
	/** Writes down what one does, from where they do it. */
	by(origin: Origin): AuditDone;
	/**
	 * Writes down what was refused, at most five times in a minute of the same at one address; how many more there were
	 * is told at the minute's end, of all further addresses together where there are too many to tell apart.
	 */
	refuse(refused: Refused, origin: Origin, details?: Line['details']): void;
	/** Tells how many more there were until now. */
	close(): void;
};

const windowMs = 60_000;
const maxAlike = 5;
/** Most kinds of refusals at addresses that are told apart. */
const maxTallies = 500;

type Tally = { refused: Refused; address: string | null; count: number };

/** The audit log: lines in that of the server. */
export function createAudit(log: Pick<Logger, 'info'>): Audit {
	const write = ({ details, ...line }: Line) =>
		log.info({ ...line, ...details }, auditEvents[line.event]);

	const tallies = new Map<string, Tally>();
	let timer: NodeJS.Timeout | undefined;

	const tell = () => {
		clearTimeout(timer);
		timer = undefined;
		for (const { refused, address, count } of tallies.values())
			if (count > maxAlike)
				write({
					event: refused.event,
					outcome: 'refused',
					actor: null,
					subject: null,
					address,
					reqId: null,
					details: { what: refused.what ?? null, more: count - maxAlike },
				});
		tallies.clear();
	};

	const count = ({ event, what }: Refused, address: string | null): number => {
		timer ??= setTimeout(tell, windowMs).unref();
		const own = JSON.stringify([event, what, address]);
		const isOwn = tallies.has(own) || tallies.size < maxTallies;
		const key = isOwn ? own : event;
		const tally = tallies.get(key) ?? {
			refused: isOwn ? { event, what } : { event },
			address: isOwn ? address : null,
			count: 0,
		};
		tally.count++;
		tallies.set(key, tally);
		return tally.count;
	};

	return {
		by: (origin) => (event, subject, details) =>
			write({ ...origin, event, outcome: 'done', subject, details }),
		refuse(refused, origin, details) {
			if (count(refused, origin.address) > maxAlike) return;
			const { event, what = null, subject = null } = refused;
			write({
				...origin,
				event,
				outcome: 'refused',
				subject,
				details: { what, ...details },
			});
		},
		close: tell,
	};
}
