import { mount, unmount } from 'svelte';
import { findBegun, type Suggestion } from './sources.ts';
import SuggestionList from './SuggestionList.svelte';
import { readWriting, type Writing } from './writing.ts';

/** The list that is open at a field; what is typed stays in the field, which has the focus all along. */
export class Completion {
	readonly field: HTMLElement;
	/** where in its text begins what is completed */
	readonly from: number;
	/** the line it stands at, in pixels from the field's upper left corner */
	readonly place: { x: number; y: number; height: number };
	items: Suggestion[] = $state.raw([]);
	active: number = $state(0);
	#list: ReturnType<typeof mount>;

	constructor({ field, locate }: Writing, from: number, items: Suggestion[]) {
		this.field = field;
		this.from = from;
		this.items = items;
		this.place = locate(from);
		this.#list = mount(SuggestionList, {
			target: field.parentElement!,
			props: { completion: this },
		});
	}

	show(items: Suggestion[]): void {
		this.items = items;
		this.active = 0;
	}

	move(step: 1 | -1): void {
		const count = this.items.length;
		this.active = (this.active + step + count) % count;
	}

	pick(index: number): void {
		const { typed } = this.items[index]!;
		close();
		const writing = readWriting(this.field);
		writing?.type(writing.isSpaced ? typed.trimEnd() : typed, this.from);
	}

	end(): void {
		void unmount(this.#list);
	}
}

let open: Completion | null = null;
/** counts what was typed, so that a late answer to something earlier is not shown */
let count = 0;
/** where a list was closed by hand: it stays closed while the same is typed on */
let left: { field: HTMLElement; from: number } | null = null;

/** Completes what is typed, from the last of these events on. */
export function start(typed: Event[]): void {
	document.addEventListener('input', type);
	document.addEventListener('keydown', press, true);
	document.addEventListener('focusout', close);
	void type(typed.at(-1)!);
}

function close(): void {
	count++;
	open?.end();
	open = null;
}

async function type({ target }: Event): Promise<void> {
	const now = ++count;
	const writing = readWriting(target);
	const begun = writing && findBegun(writing.before, writing.field.dataset.writes);
	if (!begun) {
		left = null;
		return close();
	}
	const { from } = begun;
	if (left?.field === target && left.from === from) return;
	const items = await begun.suggest();
	if (now !== count || document.activeElement !== target) return;
	if (items.length === 0) return close();
	if (open?.field === target && open.from === from) return open.show(items);
	open?.end();
	open = new Completion(writing, from, items);
}

/** Before the field and the page hear of the key. */
function press(event: KeyboardEvent): void {
	if (!open || event.target !== open.field || event.isComposing) return;
	const { key } = event;
	if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
	if (key === 'ArrowDown') open.move(1);
	else if (key === 'ArrowUp') open.move(-1);
	else if (key === 'Enter' || key === 'Tab') open.pick(open.active);
	else if (key === 'Escape') {
		left = { field: open.field, from: open.from };
		close();
	} else {
		if (key === 'ArrowLeft' || key === 'ArrowRight' || key === 'Home' || key === 'End') close();
		return;
	}
	event.preventDefault();
	event.stopPropagation();
}
