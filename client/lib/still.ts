import { flushSync } from 'svelte';

/*
 * Keeps a page at rest while its data changes. Elements marked `data-still` hold their height at first: one
 * that would grow is clipped, one that would shrink is padded, one that would appear waits. Out of sight
 * or touched they let go, one a frame, and what that moves is made up for by scrolling before the frame is painted.
 * One a frame, because browsers take a container that begins above the window for moved when something
 * changes before it and inside it at once.
 */

type Anchor = { element: Element; top: number }[];
type Piece = { top: number; height: number };

/** Text taller than this share of the window changes in place; the paragraph that is read stays. */
const tallShare = 0.6;
const idleMs = 150;

let isChanging = false;
/** how far the last corrections missed, as scroll positions are whole pixels */
let missed = 0;
let lastScroll = -1;

/** Runs a change of the page's state and shows it at once, without moving what is in view. */
export function keepStill(change: () => void): void {
	if (isChanging || typeof document === 'undefined') return change();
	isChanging = true;
	try {
		const anchor = findAnchor();
		const pieces = measurePieces();
		flushSync(change);
		holdPieces(pieces);
		if (anchor) correct(anchor);
	} finally {
		isChanging = false;
	}
}

/** Runs a change that the reader asked for at `element`, which stays where it is. */
export async function stayAt(element: Element | null, change: () => unknown): Promise<void> {
	const before = element?.getBoundingClientRect().top;
	await change();
	if (!element?.isConnected || before === undefined) return;
	window.scrollBy({
		top: element.getBoundingClientRect().top - before,
		behavior: 'instant',
	});
}

/** What the reader looks at and its ancestors: the field that is typed in, else what is in the middle. */
function findAnchor(): Anchor | null {
	const { innerHeight, innerWidth } = window;
	const focused = document.activeElement;
	if (
		focused?.matches('input, textarea') &&
		isInView(focused.getBoundingClientRect()) &&
		!isFloating(focused)
	)
		return withAncestors(focused);
	let tall: Element | null = null;
	for (const y of [0.5, 0.45, 0.55, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8])
		for (const x of [0.5, 0.3, 0.15]) {
			const element = document.elementFromPoint(innerWidth * x, innerHeight * y);
			if (!element?.closest('#main') || isFloating(element)) continue;
			const { height } = element.getBoundingClientRect();
			if (height > 0 && height < innerHeight * tallShare) return withAncestors(element);
			tall ??= element;
		}
	return tall && withAncestors(tall);
}

function withAncestors(start: Element): Anchor {
	const anchor: Anchor = [];
	for (let element: Element | null = start; element && element.id !== 'main';) {
		anchor.push({ element, top: element.getBoundingClientRect().top });
		element = element.parentElement;
	}
	return anchor;
}

function correct(anchor: Anchor): void {
	if (window.scrollY !== lastScroll) missed = 0;
	const moved = readMove(anchor) + missed;
	const before = window.scrollY;
	if (Math.abs(moved) >= 0.5) window.scrollBy({ top: moved, behavior: 'instant' });
	lastScroll = window.scrollY;
	missed = moved - (lastScroll - before);
	if (Math.abs(missed) > 1) missed = 0;
}

/** How far the anchor has moved down: itself, the element that took its place, or what was around it. */
function readMove(anchor: Anchor): number {
	const [own] = anchor;
	const kept = anchor.find(({ element }) => element.isConnected);
	if (!own || !kept) return 0;
	if (kept !== own) {
		const { tagName, textContent } = own.element;
		const same = [...kept.element.getElementsByTagName(tagName)].find(
			(element) => element.textContent === textContent,
		);
		if (same && textContent) return same.getBoundingClientRect().top - own.top;
	}
	return kept.element.getBoundingClientRect().top - kept.top;
}

/** Whether it stands in a sheet above the page, whose place says nothing of what is read. */
function isFloating(element: Element): boolean {
	const sheet = element.closest('[data-sheet]');
	return sheet !== null && getComputedStyle(sheet).position === 'fixed';
}

const isInView = ({ top, bottom }: { top: number; bottom: number }) =>
	bottom > 0 && top < window.innerHeight;

function measurePieces(): Map<HTMLElement, Piece> {
	const pieces = new Map<HTMLElement, Piece>();
	for (const element of document.querySelectorAll<HTMLElement>('[data-still]')) {
		const { top, height } = element.getBoundingClientRect();
		if (height === 0 || top < window.innerHeight) pieces.set(element, { top, height });
	}
	return pieces;
}

/** The innermost first, so that what surrounds them need not be held as well. */
function holdPieces(pieces: Map<HTMLElement, Piece>): void {
	for (const [element, { height, top }] of [...pieces].toReversed()) {
		if (!element.isConnected || element.dataset.held === 'out') continue;
		const now = element.getBoundingClientRect();
		if (Math.abs(now.height - height) < 0.5) continue;
		if (height > window.innerHeight * tallShare && isInView({ top, bottom: top + height }))
			continue;
		if (height > 0) hold(element, now.height > height ? 'clip' : 'pad', height);
		else if (now.top < window.innerHeight) hold(element, 'out', 0);
	}
}

/** held elements by the element whose place tells whether they are in sight */
const watched = new Map<Element, Set<HTMLElement>>();
const waiting = new Set<HTMLElement>();
let observer: IntersectionObserver | undefined;
let idle: ReturnType<typeof setTimeout> | undefined;

function hold(element: HTMLElement, how: 'clip' | 'pad' | 'out', height: number): void {
	element.dataset.held = how;
	element.style.setProperty('--held', `${height}px`);
	const place = how === 'out' ? findNeighbour(element) : element;
	watched.set(place, (watched.get(place) ?? new Set()).add(element));
	observer ??= watch();
	observer.unobserve(place);
	observer.observe(place);
}

function findNeighbour(element: HTMLElement): Element {
	const { previousElementSibling, nextElementSibling, parentElement } = element;
	const places = [previousElementSibling, nextElementSibling, parentElement];
	return places.find((place) => place && place.getClientRects().length > 0) ?? element;
}

function watch(): IntersectionObserver {
	window.addEventListener(
		'scroll',
		() => {
			if (window.scrollY === lastScroll || idle === undefined) return;
			clearTimeout(idle);
			idle = setTimeout(letGo, idleMs);
		},
		{ passive: true },
	);
	document.addEventListener('click', openTouched, true);
	return new IntersectionObserver((entries) => {
		for (const { target, isIntersecting } of entries) {
			for (const element of watched.get(target) ?? [])
				if (isIntersecting) waiting.delete(element);
				else waiting.add(element);
		}
		if (waiting.size > 0) idle ??= setTimeout(letGo, idleMs);
	});
}

function release(element: HTMLElement): void {
	waiting.delete(element);
	for (const [place, held] of watched)
		if (held.delete(element) && held.size === 0) {
			observer?.unobserve(place);
			watched.delete(place);
		}
	delete element.dataset.held;
	element.style.removeProperty('--held');
}

/** Shows the whole of a post that is touched. */
function openTouched({ target }: Event): void {
	if (!(target instanceof Element)) return;
	const post = target.closest<HTMLElement>('article') ?? target.closest('li');
	showHeld(post, target.closest('[data-opens]') ? post : target);
}

/** Shows at once all that is held in `element`, where `at` keeps its place: for who asks for it or has done it. */
export function showHeld(element: HTMLElement | null, at: Element | null = element): void {
	if (!element || !at) return;
	const held = [...element.querySelectorAll<HTMLElement>('[data-held]')];
	if (element.dataset.held) held.push(element);
	if (held.length === 0) return;
	const anchor = withAncestors(at);
	held.forEach(release);
	correct(anchor);
}

/** Gives one element that is out of sight its own height again, and goes on with the next frame. */
function letGo(): void {
	idle = undefined;
	const [element] = waiting;
	if (!element) return;
	const anchor = findAnchor();
	release(element);
	if (anchor) correct(anchor);
	if (waiting.size > 0) requestAnimationFrame(() => idle === undefined && letGo());
}
