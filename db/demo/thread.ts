/** The ownership thread, opened by the host. */
export const thread = {
	slug: 'ownership',
	question: 'What does it truly mean to take ownership?',
	introduction:
		'The word is on a slide in every sales meeting I sit in, and afterwards nobody can tell me what they will do differently on Tuesday. So tell me here: which day was it, what had gone wrong, and what did you do when forwarding the email would have been easier? A line is enough. If it takes the whole story, write the whole story.',
	daysAgo: 245,
};
