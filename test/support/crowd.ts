/** Many sockets on one topic, in a process of their own; asked by messages of its parent. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

export type Crowd =
	| { ask: 'connect'; url: string; topic: string; sockets: number; slow: number }
	/** waits until the reading sockets have come to a cursor */
	| { ask: 'await'; cursor: number }
	/** lets the slow sockets read, until they have come to a cursor by events or a reset */
	| { ask: 'resume'; cursor: number };

/** `closed` are sockets that the server has closed: those that read must not be among them. */
export type CrowdReport = { problems: string[]; received: number; resets: number; closed: number };

/** Longest silence of all sockets together before the rest is given up, in ms. */
const patience = 60_000;
const openAtOnce = 200;

class Member {
	readonly socket: WebSocket;
	readonly isSlow: boolean;
	/** the cursor of the last event, answer or reset */
	last = -1;
	events = 0;
	resets = 0;
	problem: string | null = null;
	isClosed = false;

	constructor(url: string, isSlow: boolean) {
		this.socket = new WebSocket(url, { perMessageDeflate: false });
		this.isSlow = isSlow;
		this.socket.on('error', ({ message }) => (this.problem ??= message));
		this.socket.on('message', (data: Buffer) => this.#receive(data));
		this.socket.on('close', () => (this.isClosed = true));
	}

	/** Reads the cursors without the events' contents: thousands of sockets get the same ones. */
	#receive(data: Buffer): void {
		lastReceipt = Date.now();
		const start = data.toString('latin1', 0, 100);
		const type = /^\{"type":"(\w+)"/.exec(start)![1];
		if (type === 'subscribed') this.last = Number(/"cursor":(\d+)/.exec(start)![1]);
		else if (type === 'reset') {
			this.last = Number(/"cursor":(\d+)/.exec(start)![1]);
			this.resets++;
		} else if (type === 'event' || type === 'events')
			for (const cursor of readCursors(data, type)) {
				if (cursor !== this.last + 1) this.problem ??= `got ${cursor} after ${this.last}`;
				this.last = cursor;
				this.events++;
			}
	}
}

let lastReceipt = Date.now();
const members: Member[] = [];
let read: { text: string; cursors: number[] } = { text: '', cursors: [] };

/** The sockets get one frame one after the other: the one read last is the likeliest to come again. */
function readCursors(data: Buffer, type: string): number[] {
	if (type === 'event') return [Number(/"cursor":(\d+)/.exec(data.toString('latin1', 0, 100))![1])];
	const text = data.toString('latin1', 0, 200) + data.length;
	if (text !== read.text) {
		const { events } = JSON.parse(String(data)) as { events: { cursor: number }[] };
		read = { text, cursors: events.map(({ cursor }) => cursor) };
	}
	return read.cursors;
}

async function connect({ url, topic, sockets, slow }: Extract<Crowd, { ask: 'connect' }>) {
	const address = `${url.replace('http', 'ws')}/api/live`;
	const every = slow > 0 ? Math.floor(sockets / slow) : sockets + 1;
	while (members.length < sockets) {
		const next = Array.from({ length: Math.min(openAtOnce, sockets - members.length) }, (_, n) => {
			const isSlow = (members.length + n) % every === every - 1;
			return new Member(address, isSlow);
		});
		await Promise.all(next.map(({ socket }) => once(socket, 'open')));
		for (const { socket } of next) socket.send(JSON.stringify({ type: 'subscribe', topic }));
		await until(next, (member) => member.last >= 0);
		for (const { socket, isSlow } of next) if (isSlow) socket.pause();
		members.push(...next);
	}
}

/** Waits until something holds for all, while anything still arrives. */
async function until(some: Member[], holds: (member: Member) => boolean): Promise<void> {
	lastReceipt = Date.now();
	while (!some.every((member) => member.problem !== null || member.isClosed || holds(member))) {
		if (Date.now() - lastReceipt > patience) return;
		await sleep(50);
	}
}

process.on('message', (question: Crowd) => void answer(question));

async function answer(question: Crowd): Promise<void> {
	const reading = members.filter(({ isSlow }) => !isSlow);
	const slow = members.filter(({ isSlow }) => isSlow);
	if (question.ask === 'connect') await connect(question);
	else if (question.ask === 'await') await until(reading, ({ last }) => last >= question.cursor);
	else {
		for (const { socket } of slow) socket.resume();
		await until(slow, ({ last }) => last >= question.cursor);
	}
	const asked = question.ask === 'resume' ? slow : question.ask === 'await' ? reading : members;
	const problems = asked.flatMap(({ problem, isClosed, last, resets }) => {
		if (problem) return [`a socket ${problem}`];
		if (isClosed) return question.ask === 'resume' ? [] : ['a socket was closed'];
		if (question.ask !== 'connect' && last < question.cursor)
			return [`a socket ended at ${last} instead of ${question.cursor}`];
		return question.ask === 'await' && resets > 0 ? ['a socket that reads got a reset'] : [];
	});
	const sum = (count: (member: Member) => number) =>
		asked.reduce((total, member) => total + count(member), 0);
	const report: CrowdReport = {
		problems: problems.slice(0, 20),
		received: sum(({ events }) => events),
		resets: sum(({ resets }) => resets),
		closed: sum(({ isClosed }) => Number(isClosed)),
	};
	process.send!(report);
}
