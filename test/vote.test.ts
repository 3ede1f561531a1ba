import { expect, test } from 'vitest';
import { ApiError } from '../client/lib/api.ts';
import { Vote } from '../client/upvotes/vote.svelte.ts';
import type { Upvote } from '../server/upvotes/schema.ts';

type Sent = { upvoted: boolean; answer: (score: number) => void; fail: () => void };

function openVote() {
	const sent: Sent[] = [];
	const vote = new Vote(
		7,
		(postId, upvoted) =>
			new Promise<Upvote>((resolve, reject) => {
				sent.push({
					upvoted,
					answer: (score) => resolve({ postId, score, upvoted }),
					fail: () => reject(new ApiError({ type: 'about:blank', status: 0, title: 'No answer' })),
				});
			}),
	);
	vote.hear(10);
	return { vote, sent };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));
const before = { score: 10, upvoted: false };

test('shows at once, is pending until it is answered, and shows what was answered', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	expect(vote.show(before)).toEqual({ score: 11, upvoted: true });
	expect(vote.pending).toBe(true);
	sent[0]!.answer(11);
	await done;
	expect(vote.pending).toBe(false);
	expect(vote.show(before)).toEqual({ score: 11, upvoted: true });
});

test('a failure puts everything back and says why', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	sent[0]!.fail();
	await done;
	expect(vote.show(before)).toEqual(before);
	expect(vote.failure).toBe('Not counted. No answer');
});

test('clicking fast has one request in flight and ends in the last wish', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	for (let click = 0; click < 4; click++) void vote.toggle(vote.show(before));
	void vote.toggle(vote.show(before));
	expect(sent).toHaveLength(1);
	expect(vote.show(before)).toEqual(before);
	sent[0]!.answer(11);
	await settle();
	expect(sent.map(({ upvoted }) => upvoted)).toEqual([true, false]);
	sent[1]!.answer(10);
	await done;
	expect(vote.show(before)).toEqual(before);
});

test('back at the first wish, nothing more is sent', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	void vote.toggle(vote.show(before));
	void vote.toggle(vote.show(before));
	sent[0]!.answer(11);
	await done;
	expect(sent).toHaveLength(1);
	expect(vote.show(before)).toEqual({ score: 11, upvoted: true });
});

test('one’s own event before the answer, and another’s after it, end at the last score', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	vote.hear(11);
	vote.hear(12);
	sent[0]!.answer(11);
	await done;
	expect(vote.show({ score: 12, upvoted: false })).toEqual({ score: 12, upvoted: true });
});

test('the answer before one’s own event counts until that comes', async () => {
	const { vote, sent } = openVote();
	const done = vote.toggle(before);
	vote.hear(11);
	sent[0]!.answer(12);
	await done;
	expect(vote.show({ score: 11, upvoted: false })).toEqual({ score: 12, upvoted: true });
	vote.hear(12);
	vote.hear(13);
	expect(vote.show({ score: 13, upvoted: false })).toEqual({ score: 13, upvoted: true });
});

test('a vote given in another tab shows as given, but not over a click on its way', async () => {
	const { vote, sent } = openVote();
	vote.confirm(true);
	expect(vote.show({ score: 11, upvoted: false })).toEqual({ score: 11, upvoted: true });
	const done = vote.toggle({ score: 11, upvoted: true });
	vote.confirm(true);
	sent[0]!.answer(10);
	await done;
	expect(vote.show({ score: 11, upvoted: false })).toEqual({ score: 10, upvoted: false });
});
