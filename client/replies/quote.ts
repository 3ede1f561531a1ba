import { mount, unmount } from 'svelte';
import { typeText } from '../lib/type-text.ts';
import { canReplyTo, openReplyForm } from './open-form.ts';
import { quoteMarkdown } from './quote-markdown.ts';
import QuoteButton from './QuoteButton.svelte';

/** A selection is taken for made when it has not changed for so long. */
const settleMs = 150;

let shown: ReturnType<typeof mount> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Offers to quote the words that are selected in a post, from this selection on. */
export function start(): void {
	const look = () => {
		clearTimeout(timer);
		timer = setTimeout(offer, settleMs);
	};
	document.addEventListener('selectionchange', look);
	document.addEventListener('keydown', ({ key }) => key === 'Escape' && hide());
	look();
}

function hide(): void {
	if (shown) void unmount(shown);
	shown = null;
}

function offer(): void {
	const selection = document.getSelection();
	if (document.activeElement?.matches('[data-key="q"]')) return;
	hide();
	if (!selection || selection.isCollapsed) return;
	const words = findWords(selection.anchorNode);
	const post = words?.closest('article');
	const passage = selection.toString();
	if (!words || !post || words !== findWords(selection.focusNode) || !passage.trim()) return;
	if (!canReplyTo(post)) return;
	const codes = readCodes(selection.getRangeAt(0));
	const last = [...selection.getRangeAt(0).getClientRects()].at(-1);
	if (!last) return;
	const around = post.getBoundingClientRect();
	shown = mount(QuoteButton, {
		target: words.parentElement!,
		anchor: words.nextSibling ?? undefined,
		props: {
			top: last.bottom - around.top,
			left: last.left + last.width / 2 - around.left,
			onquote: () => void quote(post, quoteMarkdown(passage, codes)),
		},
	});
}

/** The words of a post that a node is among; a moderator's note to it has others. */
const findWords = (node: Node | null) =>
	(node instanceof Element ? node : node?.parentElement)?.closest(
		'article[id^="post-"] .words:not([role="note"] *)',
	) ?? null;

/** What of a selection is code, with its indents. */
function readCodes(range: Range): string[] {
	const around = range.commonAncestorContainer;
	const element = around instanceof Element ? around : around.parentElement;
	if (element?.closest('pre')) return [range.toString()];
	return [...range.cloneContents().querySelectorAll('pre')].map(({ textContent }) =>
		textContent.trimEnd(),
	);
}

/** Appends a passage as a quote to what is typed in the post's reply form, and leaves the caret after it. */
async function quote(post: Element, markdown: string): Promise<void> {
	hide();
	const field = await openReplyForm(post);
	if (!field) return;
	document.getSelection()?.removeAllRanges();
	const typed = field.value.trimEnd();
	const end = { from: typed.length, to: field.value.length };
	typeText(field, `${typed && '\n\n'}${markdown}\n\n`, end);
	field.scrollIntoView({ block: 'nearest', behavior: 'instant' });
}
