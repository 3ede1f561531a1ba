import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { ServerFrame, ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';

/** What a reader sees of a post; `feature` is the note of its feature, null without one. */
export type PostState = {
	answerId: number;
	body: string;
	score: number;
	feature: string | null;
	visible: boolean;
};

type Site = { urls: string[]; thread: { id: number; slug: string }; random: () => number };

/**
 * A well-behaved client that follows a thread from its beginning: it reconnects to any server, subscribes
 * after the last cursor it has, keeps the state of all posts, and on a `reset` reads that state anew.
 */
export class Mirror {
	readonly posts = new Map<number, PostState>();
	readonly problems: string[] = [];
	/** the cursor of the last event or reset */
	last = 0;
	events = 0;
	resets = 0;
	connections = 0;
	/** how much of the state is still being read */
	#readings = 0;
	#unapplied: ThreadEvent[] = [];
	#socket: WebSocket | undefined;
	#retry: NodeJS.Timeout | undefined;
	#losses = 0;
	#isClosed = false;
	readonly #site: Site;
	readonly #topic: string;

	constructor(site: Site) {
		this.#site = site;
		this.#topic = `thread:${site.thread.id}`;
		this.#connect();
	}

	/** Whether it has all events up to a cursor and the state that goes with them. */
	hasCome(cursor: number): boolean {
		return this.last >= cursor && this.#readings === 0;
	}

	/** Loses its connection and comes back after a while, as a telephone in a pocket. */
	rest(duration: number): void {
		this.#socket?.removeAllListeners('close');
		this.#socket?.terminate();
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#connect(), duration);
	}

	close(): void {
		this.#isClosed = true;
		clearTimeout(this.#retry);
		this.#socket?.terminate();
	}

	#connect(): void {
		const { urls, random } = this.#site;
		const url = urls[Math.floor(random() * urls.length)]!;
		const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`);
		this.#socket = socket;
		socket.on('error', () => {});
		socket.on('open', () => this.#subscribe(socket));
		socket.on('message', (data) => {
			if (socket === this.#socket) this.#receive(JSON.parse(String(data)) as ServerFrame);
		});
		socket.on('close', () => {
			if (this.#isClosed) return;
			const longest = Math.min(1_000, 50 * 2 ** this.#losses++);
			this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + random() / 2));
		});
	}

	#subscribe(socket: WebSocket): void {
		if (socket.readyState !== socket.OPEN) return;
		socket.send(JSON.stringify({ type: 'subscribe', topic: this.#topic, after: this.last }));
	}

	#receive(frame: ServerFrame): void {
		switch (frame.type) {
			case 'event':
				return this.#take(frame.cursor, frame.event as ThreadEvent);
			case 'events':
				for (const { cursor, event } of frame.events) this.#take(cursor, event as ThreadEvent);
				return;
			case 'subscribed':
				this.#losses = 0;
				this.connections++;
				if (frame.cursor !== this.last)
					this.problems.push(`subscribed at ${frame.cursor}, having come to ${this.last}`);
				return;
			case 'reset':
				this.#losses = 0;
				this.resets++;
				this.last = frame.cursor;
				void this.#read();
				return;
			case 'error': {
				if (frame.status !== 503) this.problems.push(`refused: ${frame.status} ${frame.title}`);
				const socket = this.#socket!;
				setTimeout(() => this.#subscribe(socket), 100 + this.#site.random() * 200);
			}
		}
	}

	#take(cursor: number, event: ThreadEvent): void {
		if (cursor !== this.last + 1) this.problems.push(`got ${cursor} after ${this.last}`);
		this.last = cursor;
		this.events++;
		if (this.#readings > 0) this.#unapplied.push(event);
		else this.#apply(event);
	}

	#apply(event: ThreadEvent): void {
		switch (event.type) {
			case 'post.created':
			case 'post.edited':
			case 'post.restored':
			case 'post.featured':
			case 'post.unfeatured':
				if (event.post) this.#put(event.post);
				return;
			case 'post.upvoted':
				return this.#change(event.postId, { score: event.score });
			case 'post.deleted':
			case 'post.removed':
				return this.#change(event.postId, { visible: false });
		}
	}

	#change(id: number, change: Partial<PostState>): void {
		const post = this.posts.get(id);
		if (post) this.posts.set(id, { ...post, ...change });
	}

	#put({ id, answerId, body, score, feature, deletedAt, removal }: Post): void {
		const visible = deletedAt === null && removal === null;
		const note = feature && (feature.note ?? '');
		this.posts.set(id, { answerId, body, score, feature: note, visible });
	}

	/** Reads all answers and their conversations; events that come meanwhile are applied after it. */
	async #read(): Promise<void> {
		this.#readings++;
		const known = [...this.posts.values()].map(({ answerId }) => answerId);
		const answers = await this.#readAll(`/api/threads/${this.#site.thread.slug}/posts?sort=new`);
		for (const post of this.posts.values()) post.visible = false;
		answers.forEach((answer) => this.#put(answer));
		const discussed = answers.filter(({ replyCount }) => replyCount > 0).map(({ id }) => id);
		for (const id of new Set([...known, ...discussed]))
			for (const reply of await this.#readAll(`/api/posts/${id}/replies?sort=new`))
				this.#put(reply);
		if (--this.#readings === 0) for (const event of this.#unapplied.splice(0)) this.#apply(event);
	}

	async #readAll(path: string): Promise<Post[]> {
		const posts: Post[] = [];
		let next: string | null = null;
		do {
			const cursor: string = next === null ? '' : `&cursor=${next}`;
			const page: List<Post> | null = await this.#fetch(`${path}&limit=100${cursor}`);
			posts.push(...(page?.items ?? []));
			next = page?.next ?? null;
		} while (next !== null);
		return posts;
	}

	/** The answer of any server that gives one; null where there is nothing. */
	async #fetch(path: string): Promise<List<Post> | null> {
		const { urls, random } = this.#site;
		while (!this.#isClosed) {
			const url = urls[Math.floor(random() * urls.length)]! + path;
			try {
				const response = await fetch(url);
				if (response.status === 404) return null;
				if (response.ok) return (await response.json()) as List<Post>;
			} catch {
				// The server was killed meanwhile.
			}
			await sleep(100);
		}
		return null;
	}
}
