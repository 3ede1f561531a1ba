import type { Env, MarkdownIt, Token } from 'markdown-it';
import { Invalid } from '../errors.ts';

/** What the HTML of one text may still come to. */
type Budget = { path: string; bytes: number; tags: number };

/**
 * The most HTML that a text may become: 8 bytes for each byte of it and 10,000 more, and a tag for every two
 * bytes and 2,000 more. Prose, lists, tables and links stay below that at any length; what goes beyond is made
 * to multiply: empty cells, deep nesting, short references to a long address.
 *
 * @param path the field's JSON Pointer, for the refusal
 */
export function createBudget(source: string, path: string): Budget {
	const size = Buffer.byteLength(source);
	return { path, bytes: 8 * size + 10_000, tags: size / 2 + 2000 };
}

/** @throws {Invalid} where the HTML of a text is larger than its source allows */
export function requireBounded(html: string, source: string, path: string): void {
	spend(createBudget(source, path), { bytes: Buffer.byteLength(html) });
}

function spend(budget: Budget, { bytes = 0, tags = 0 }: Partial<Budget>): void {
	budget.bytes -= bytes;
	budget.tags -= tags;
	if (Math.min(budget.bytes, budget.tags) >= 0) return;
	throw new Invalid(
		budget.path,
		'This text has far more formatting than words. Take away empty table cells, what is nested many levels deep, and links that repeat.',
	);
}

/**
 * A plugin of markdown-it that ends the work on a text as soon as its HTML is sure to exceed `env.budget`: tags are
 * counted while it is parsed, words and addresses before they are written. The last plugin, as it weighs what
 * the others have made.
 */
export function boundMarkup({ block, inline, core }: MarkdownIt): void {
	block.State = class extends block.State {
		override push(type: string, tag: string, nesting: -1 | 0 | 1): Token {
			countTag(this.env, tag);
			return super.push(type, tag, nesting);
		}
	};
	inline.State = class extends inline.State {
		override push(type: string, tag: string, nesting: -1 | 0 | 1): Token {
			countTag(this.env, tag);
			return super.push(type, tag, nesting);
		}
	};
	core.ruler.push('budget', ({ tokens, env }) => {
		for (const block of tokens)
			for (const token of block.children ?? [block])
				spend(readBudget(env), { bytes: measure(token) });
	});
}

const readBudget = (env: Env) => env.budget as Budget;

/** A paragraph's is not counted: in a list it may not be shown. */
function countTag(env: Env, tag: string): void {
	if (tag !== '' && tag !== 'p') spend(readBudget(env), { tags: 1 });
}

/** What the words and addresses of a token come to at least, in bytes. */
function measure({ content, attrs }: Token): number {
	const values = attrs?.map(([, value]) => `${value}`) ?? [];
	return values.reduce((sum, value) => sum + Buffer.byteLength(value), Buffer.byteLength(content));
}
