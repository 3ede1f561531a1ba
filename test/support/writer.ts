import { setTimeout as sleep } from 'node:timers/promises';
import type { Post } from '../../server/posts/schema.ts';

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Answer = { status: number; body: unknown };

/** What all writers know of each other's posts, and what went wrong. */
export type Ledger = {
	slug: string;
	/** posts that were acknowledged, deleted and removed ones too */
	known: Pick<Post, 'id' | 'author' | 'kind'>[];
	/** the body of every post that was acknowledged */
	bodies: Map<string, number>;
	acknowledged: number;
	/** requests that were sent again because no answer came */
	repeated: number;
	problems: string[];
};

/** Answers that a well-behaved client may get when others write at the same time. */
const expected = new Set([200, 201, 204, 403, 404, 409]);

/** A member who writes through whichever server answers, and repeats what was not answered. */
export class Writer {
	readonly handle: string;
	isModerator = false;
	#cookie = '';
	#count = 0;
	readonly #urls: string[];
	readonly #ledger: Ledger;
	readonly #random: () => number;

	constructor(
		handle: string,
		{ urls, ledger, random }: { urls: string[]; ledger: Ledger; random: () => number },
	) {
		this.handle = handle;
		this.#urls = urls;
		this.#ledger = ledger;
		this.#random = random;
	}

	/** @param setUp the token of a link that makes its bearer the host */
	async signUp(setUp?: string): Promise<void> {
		const { handle } = this;
		const account = { handle, name: handle, email: `${handle}@example.com`, setUp };
		await this.send('POST', '/api/accounts', { ...account, password: 'a password of some length' });
	}

	/** Writes one thing: mostly votes and replies, now and then everything else. */
	async write(): Promise<void> {
		const dice = this.#random();
		const { slug } = this.#ledger;
		const post = this.#pick(this.#ledger.known);
		const own = this.#pick(
			this.#ledger.known.filter(({ author }) => author.handle === this.handle),
		);
		if (!post || dice < 0.1) {
			const body = this.#compose();
			const story = { kind: 'story', title: `A story by ${this.handle}`, body };
			await this.#create(`/api/threads/${slug}/posts`, story);
		} else if (dice < 0.13)
			await this.#create(`/api/threads/${slug}/posts`, {
				kind: 'definition',
				body: this.#compose(300),
			});
		else if (dice < 0.35)
			await this.#create(`/api/posts/${post.id}/replies`, { body: this.#compose(4_000) });
		else if (dice < 0.42 && own)
			await this.send('PATCH', `/api/posts/${own.id}`, { body: this.#compose(300) });
		else if (dice < 0.45 && own) await this.send('DELETE', `/api/posts/${own.id}`);
		else if (dice < 0.55 && this.isModerator) await this.#moderate(post.id);
		else await this.send(dice < 0.9 ? 'PUT' : 'DELETE', `/api/posts/${post.id}/upvote`);
	}

	/** Sends a request to one server after the other until one has answered it. */
	async send(method: Method, path: string, body?: object): Promise<Answer> {
		const key = `${this.handle}-${++this.#count}`;
		for (let attempt = 0; ; attempt++) {
			const answer = await this.#try(method, path, { body, key });
			if (answer && answer.status !== 503) {
				if (expected.has(answer.status)) this.#ledger.acknowledged++;
				else
					this.#ledger.problems.push(
						`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`,
					);
				return answer;
			}
			if (attempt === 0) this.#ledger.repeated++;
			await sleep(50 + this.#random() * 150);
		}
	}

	async #create(
		path: string,
		body: { kind?: string; title?: string; body: string },
	): Promise<void> {
		const answer = await this.send('POST', path, body);
		if (answer.status !== 201) return;
		const { id, author, kind } = answer.body as Post;
		this.#ledger.known.push({ id, author, kind });
		this.#ledger.bodies.set(body.body, id);
	}

	async #moderate(id: number): Promise<void> {
		const dice = this.#random();
		const path = `/api/posts/${id}/${dice < 0.5 ? 'feature' : 'removal'}`;
		const body = dice < 0.5 ? { note: this.#compose(50) } : { reason: 'Not about the question.' };
		if (dice % 0.5 < 0.3) await this.send('PUT', path, body);
		else await this.send('DELETE', path);
	}

	async #try(
		method: Method,
		path: string,
		{ body, key }: { body?: object; key: string },
	): Promise<Answer | null> {
		try {
			const response = await fetch(this.#pick(this.#urls) + path, {
				method,
				headers: {
					'idempotency-key': key,
					...(this.#cookie && { cookie: this.#cookie }),
					...(body && { 'content-type': 'application/json' }),
				},
				body: body && JSON.stringify(body),
				signal: AbortSignal.timeout(30_000),
			});
			const text = await response.text();
			const cookie = response.headers.getSetCookie()[0];
			if (cookie) this.#cookie = cookie.split(';')[0]!;
			return { status: response.status, body: text ? JSON.parse(text) : null };
		} catch {
			return null;
		}
	}

	/** Words that nobody has written before; one text in thirty has `longest` characters or a story's 20,000. */
	#compose(longest = 20_000): string {
		const words = `${this.handle} writes number ${++this.#count}.`;
		return this.#random() < 1 / 30 ? words.padEnd(longest, ' On and on.') : words;
	}

	#pick<T>(items: T[]): T | undefined {
		return items[Math.floor(this.#random() * items.length)];
	}
}

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
