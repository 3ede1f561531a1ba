import type { ThreadEvent } from '../../server/live/schema.ts';
import { formatCount } from '../ui/count.ts';
import { readItem, writeItem } from './storage.ts';

const INTERVAL_MS = 10_000;
const FIRST_MS = 1_000;
const SETTING = 'announcements';

type Kind = 'reply' | 'definition' | 'story';
const names: [Kind, one: string, many: string][] = [
	['reply', 'new reply', 'new replies'],
	['definition', 'new definition', 'new definitions'],
	['story', 'new story', 'new stories'],
];

/** What screen readers hear of live events: at most one sentence in ten seconds, or nothing. */
class Announcements {
	/** the sentence to be read */
	text: string = $state('');
	isOn: boolean = $state(true);

	#counts: Record<Kind, number> = { reply: 0, definition: 0, story: 0 };
	#timer: ReturnType<typeof setTimeout> | undefined;
	#saidAt = -Infinity;

	/** Reads what was chosen on this device. */
	load(): void {
		this.isOn = readItem(SETTING) !== 'off';
	}

	turn(on: boolean): void {
		this.isOn = on;
		if (!on) this.#forget();
		writeItem(SETTING, on ? null : 'off');
	}

	/** Counts a post that somebody else has written. */
	hear(event: ThreadEvent, memberId: number | undefined): void {
		if (!this.isOn || event.type !== 'post.created') return;
		if (!event.post || event.post.author.id === memberId) return;
		this.#counts[event.post.kind] += 1;
		if (this.#timer) return;
		// Emptied well before, so that the same sentence is another change.
		this.text = '';
		const wait = Math.max(FIRST_MS, this.#saidAt + INTERVAL_MS - Date.now());
		this.#timer = setTimeout(() => this.#say(), wait);
	}

	#say(): void {
		this.#saidAt = Date.now();
		const parts = names
			.filter(([kind]) => this.#counts[kind] > 0)
			.map(([kind, one, many]) => formatCount(this.#counts[kind], one, many));
		this.#forget();
		this.text = `${parts.join(', ')}.`;
	}

	#forget(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#counts = { reply: 0, definition: 0, story: 0 };
		this.text = '';
	}
}

export const announcements = new Announcements();
