import { EditorState } from '@tiptap/pm/state';
import specification from 'commonmark-spec';
import { expect, test } from 'vitest';
import { canShow, parseMarkdown, writeMarkdown } from '../client/editor/markdown.ts';
import { nothingKnown, renderMarkdown } from '../server/posts/markdown.ts';
import { createRandom, generateMarkdown } from './support/generated-markdown.ts';
import { mutateExample } from './support/mutated-markdown.ts';

/** How many documents are made, and from where on: `FIRST=100 DOCUMENTS=10000 npx vitest run test/editor-round-trip.test.ts` */
const count = Number(process.env.DOCUMENTS ?? 100);
const first = Number(process.env.FIRST ?? 0);

const picture = `/images/${'A'.repeat(22)}.webp`;
const image = { id: 'A'.repeat(22), width: 40, height: 20 };
const known = { ...nothingKnown, images: new Map([[picture, image]]) };
const publish = (source: string) => renderMarkdown(source, { known });
const through = (source: string) => writeMarkdown(parseMarkdown(source));

/** As {@link through}, with a letter that is typed at the end and deleted again. */
function throughKeys(source: string): string {
	let state = EditorState.create({ doc: parseMarkdown(source) });
	let end = 0;
	state.doc.descendants((node, position) => {
		if (node.inlineContent) end = position + 1 + node.content.size;
	});
	state = state.apply(state.tr.insertText('x', end));
	writeMarkdown(state.doc);
	return writeMarkdown(state.apply(state.tr.delete(end, end + 1)).doc);
}

function expectUnchanged(source: string, what: string): void {
	const written = through(source);
	expect(publish(written), what).toBe(publish(source));
	expect(through(written), what).toBe(written);
	if (parseMarkdown(source).textContent) expect(throughKeys(source), what).toBe(written);
}

test('every example of CommonMark is published after the editor as before it', () => {
	expect(specification.tests).toHaveLength(652);
	const others = specification.tests.filter(({ markdown }) => !canShow(markdown));
	// An address that an escape keeps from becoming a link is one in the editor.
	expect(others.map(({ markdown }) => markdown)).toEqual(['<foo\\+@bar.example.com>\n']);
	for (const { number, markdown } of specification.tests)
		if (canShow(markdown)) expectUnchanged(markdown, `example ${number}`);
}, 120_000);

/**
 * An escape, an underscore or a slash keeps the name or the address that it touches, or that a mark's sign parts from
 * it, from becoming an emoji, a mention or a link. What is shown in the editor is the name, with nothing beside it that says so.
 */
const isKept =
	/(\\|&#?\w+;)\S*(@|:\/\/|mailto:)|\\\S?[:@]|:[\w+-]+\\:|[_/][*~]*:[\w+-]+:|:[\w+-]+:[_/]|_@|@\w+_/i;

const sources = {
	generated: generateMarkdown,
	mutated: mutateExample,
};

test.for(Object.entries(sources))(
	`${count} documents are published after the editor as before it: %s ones`,
	{ timeout: 60_000 + count * 500 },
	([, make]) => {
		let plain = 0;
		for (let seed = first; seed < first + count; seed++) {
			const source = make(createRandom(seed));
			if (canShow(source)) expectUnchanged(source, `seed ${seed}`);
			else {
				const isSame = publish(through(source)) === publish(source);
				expect(isSame || isKept.test(source), `seed ${seed} goes to the plain field`).toBe(true);
				plain++;
			}
		}
		expect(plain).toBeLessThan(count / 10);
	},
);

test('four times as long a text takes about four times as long', () => {
	const texts = [
		'a **b** [c](https://x.example/d_e) ',
		'*a _b ',
		'> ',
		'&#32;*a*',
		'- a\n\n',
		'**a* ',
		'[',
	];
	for (const text of texts) {
		const measure = (length: number) => {
			const source = text.repeat(length / text.length);
			const start = process.cpuUsage();
			canShow(source);
			return process.cpuUsage(start).user / 1000;
		};
		const [short, long] = [5000, 20_000].map((length) =>
			Math.min(...[1, 2, 3].map(() => measure(length))),
		);
		expect(long! / Math.max(short!, 5), text).toBeLessThan(10);
	}
}, 120_000);
