import type { Match, ZxcvbnFactory } from '@zxcvbn-ts/core';
import { Invalid } from '../errors.ts';

/** Characters that are looked at: the work grows faster than they do, and this many that are hard to guess do. */
const maxJudged = 40;
/** Guesses that a password is to withstand, 10 to the power of: what zxcvbn calls safely unguessable. */
const leastGuesses = 8;
/** Fewest letters and digits beside what everybody knows of the member. */
const leastOwn = 6;
const siteWords = ['weigh-in', 'weighin', 'weigh', 'ownership'];

type Owner = { handle: string; name: string; email: string };

/** A quarter of a second to make, made with the first password. */
let judge: Promise<ZxcvbnFactory> | undefined;

async function createJudge(): Promise<ZxcvbnFactory> {
	const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs: graphs }] = await Promise.all([
		import('@zxcvbn-ts/core'),
		import('@zxcvbn-ts/language-common'),
	]);
	return new ZxcvbnFactory({ dictionary, graphs, maxLength: maxJudged });
}

/**
 * Refuses a password that others would guess: a common one, a repetition, a run of keys or numbers, or little beside
 * the names of its owner and of this site (NIST SP 800-63B-4, section 3.1.1.2; guesses as zxcvbn estimates them).
 *
 * @throws {Invalid} saying which it is
 */
export async function requireStrongPassword(password: string, owner: Owner): Promise<void> {
	const refuse = (message: string) => new Invalid('/password', message);
	const plain = password.normalize('NFKC');
	const known = wordsOf(owner);
	const own = known.reduce((rest, word) => rest.replaceAll(word, ''), plain.toLowerCase());
	if (
		own !== plain.toLowerCase() &&
		own.replaceAll(/[^\p{L}\p{N}]|\b(19|20)\d\d\b/gu, '').length < leastOwn
	)
		throw refuse(
			'This is little more than your name, your address or the name of this site. Add words that nobody connects with you.',
		);
	const { guessesLog10, sequence } = (await (judge ??= createJudge())).check(plain, known);
	if (guessesLog10 >= leastGuesses) return;
	throw refuse(`${describe(sequence)} Choose another: a few words in a row do well.`);
}

/** What is known of the owner, the longest first. */
function wordsOf({ handle, name, email }: Owner): string[] {
	const [local = '', domain = ''] = email.toLowerCase().split('@');
	const given = [handle, name, email, local, ...domain.split('.'), ...siteWords];
	const words = given.flatMap((text) => {
		const lower = text.normalize('NFKC').toLowerCase();
		return [lower, lower.replaceAll(/[^\p{L}\p{N}]/gu, ''), ...lower.split(/[^\p{L}\p{N}]+/u)];
	});
	return [...new Set(words)].filter((word) => word.length > 2).sort((a, b) => b.length - a.length);
}

function describe(sequence: Match[]): string {
	const [{ pattern }] = sequence.toSorted((a, b) => b.token.length - a.token.length) as [Match];
	if (pattern === 'repeat')
		return 'This repeats itself, and is guessed as fast as what it repeats.';
	if (pattern === 'spatial' || pattern === 'sequence')
		return 'This is a run of keys, letters or numbers, which is guessed at once.';
	if (pattern === 'dictionary') return 'This is among what others would try first.';
	return 'This is easy to guess.';
}
