/** A member of the demo community. */
export type DemoMember = {
	handle: string;
	name: string;
	headline: string;
	role: 'member' | 'moderator' | 'host';
};

/** One of the four daily practices of ownership. */
type Practice =
	| 'see-the-whole-job'
	| 'sell-with-the-company'
	| 'answer-for-the-outcome'
	| 'make-good-work-better';

/**
 * A reply in Markdown, with the replies to it. `daysAgo` counts days before seeding (fractions
 * allowed), here and below; `votes` is how many other members upvoted it, at most 27.
 */
export type DemoReply = {
	by: string;
	daysAgo: number;
	votes: number;
	body: string;
	replies?: DemoReply[];
};

/** A moderator's mark on a post; `highlight` is an exact passage of one of its paragraphs. */
export type DemoFeature = { by: string; daysAgo: number; note?: string; highlight?: string };

/**
 * A definition in plain text. `daysAgo` is when the live version was written; `earlier` holds the
 * versions before it, oldest first, each with the day it was written, so `earlier[0]` is the day
 * the definition was first posted.
 */
export type DemoDefinition = {
	by: string;
	daysAgo: number;
	votes: number;
	body: string;
	earlier?: { daysAgo: number; body: string }[];
	feature?: DemoFeature;
	replies: DemoReply[];
};

/** A story with a Markdown body. */
export type DemoStory = {
	by: string;
	daysAgo: number;
	votes: number;
	title: string;
	body: string;
	practices: Practice[];
	feature?: DemoFeature;
	replies: DemoReply[];
};
