import type { DemoDefinition } from './types.ts';

/** Definitions seven to twelve. */
export const definitions3: DemoDefinition[] = [
	{
		by: 'bex_o',
		daysAgo: 97,
		votes: 17,
		body: 'Half the time it’s what a manager says when they want overtime without calling it overtime. Let me own the decision and the budget, and I’ll own the result. Until then I do good work and I go home.',
		feature: {
			by: 'sunil_pathare',
			daysAgo: 92.3,
			note: 'Featured because I disagree with the last sentence and could not find the hole in the first two. Anyone who manages people should read Okello and Ndumiso in the replies before they use the word again.',
		},
		replies: [
			{
				by: 'brigid_moy',
				daysAgo: 96.4,
				votes: 3,
				body: 'I’ve been the manager saying it. You’re right about the half.',
			},
			{
				by: 'okello_b',
				daysAgo: 95.9,
				votes: 6,
				body: 'Nobody has given me a budget in fourteen years and I own my farmers. I have a motorcycle, a phone and a bag of samples. When a store sells a farmer seed that is out of date, I have no authority over that store. I take the farmer back there on the motorcycle and we stand in the shop together until it is changed. It has never taken more than an hour, because people come in to see why we are standing. If I wait to be given, I wait.',
				replies: [
					{
						by: 'bex_o',
						daysAgo: 95.6,
						votes: 2,
						body: 'That’s to your credit, and your boss should be embarrassed.',
						replies: [
							{ by: 'okello_b', daysAgo: 95.2, votes: 9, body: 'He is not. I have checked.' },
						],
					},
				],
			},
			{
				by: 'ndumiso_m',
				daysAgo: 93.8,
				votes: 5,
				body: 'I have twenty-two people on phones. Two years ago I put up a poster about owning the complaint. I’m not proud of the poster. The same week an agent had a pensioner on the line who’d been debited twice, R180, and she needed three signatures to give it back, one of them mine, and I was at a workshop on ownership. She left the refund form on my desk, folded inside the poster. I’ve kept both.',
				replies: [
					{ by: 'bex_o', daysAgo: 93.5, votes: 1, body: 'So can she sign for the R180 now?' },
				],
			},
		],
	},
	{
		by: 'priyanka_s',
		daysAgo: 140,
		votes: 15,
		body: 'Knowing which of the customer’s problems are mine, and saying no to the rest, kindly and early. I used to take whatever was put on my desk and I was proud of that. One December I counted: I had broken more promises by accepting than by refusing. The category manager who shouted at me for a no in May renewed in August. The one who got my yes in May is now with a competitor, and she never shouted at all.',
		earlier: [
			{
				daysAgo: 166.5,
				body: 'Whatever the customer brings to me, I take it. Nothing is sent away from my desk.',
			},
		],
		replies: [
			{
				by: 'hanne_d',
				daysAgo: 139.5,
				votes: 1,
				body: 'I remember your first version. I liked it and I worried for you.',
				replies: [
					{
						by: 'priyanka_s',
						daysAgo: 139.2,
						votes: 3,
						body: 'My husband said the same with fewer words.',
					},
				],
			},
			{
				by: 'dolores_ib',
				daysAgo: 137.7,
				votes: 0,
				body: 'On a shop floor “not mine” takes one second to say and the customer is gone. How do you do early in a shop?',
				replies: [
					{
						by: 'priyanka_s',
						daysAgo: 137.1,
						votes: 1,
						body: 'I don’t know. I have eleven customers and a calendar. You have a Saturday.',
						replies: [
							{
								by: 'dolores_ib',
								daysAgo: 136.8,
								votes: 4,
								body: 'I have *every* Saturday, Priyanka.',
							},
						],
					},
				],
			},
		],
	},
	{
		by: 'gretchen_l',
		daysAgo: 63,
		votes: 13,
		body: 'I do not own what I may not decide. If I answer for the margin, I must be able to refuse the discount. Otherwise my name on it is decoration.',
		replies: [
			{ by: 'bex_o', daysAgo: 62.7, votes: 1, body: 'Finally, somebody with a title says it.' },
			{
				by: 'noor_h',
				daysAgo: 61.5,
				votes: 3,
				body: 'Then most of us own nothing, Gretchen. I have a discount limit of two per cent and a target of three million.',
				replies: [
					{
						by: 'gretchen_l',
						daysAgo: 61.2,
						votes: 2,
						body: 'Then you own two per cent, and do it well. Say that sentence in the target meeting.',
						replies: [
							{ by: 'noor_h', daysAgo: 41, votes: 8, body: 'I said it. I have 2.5 per cent now.' },
						],
					},
				],
			},
		],
	},
	{
		by: 'okello_b',
		daysAgo: 212,
		votes: 12,
		body: `I told a farmer the rains would hold off until the twentieth. He waited, planted late, and that season he fed his family from the market.

The rain is not mine. The sentence was mine. The next year I was in his field before he called anyone, with my own money in half the seed.`,
		feature: {
			by: 'brigid_moy',
			daysAgo: 206.1,
			note: 'He draws the line in nine words and then goes and stands on his own side of it. Notice that it took a year, and that he didn’t wait to be rung.',
			highlight: 'The rain is not mine. The sentence was mine.',
		},
		replies: [
			{
				by: 'grant_tewhata',
				daysAgo: 211.3,
				votes: 0,
				body: 'Half the seed out of your own pocket? Did the company know?',
				replies: [
					{
						by: 'okello_b',
						daysAgo: 210.8,
						votes: 5,
						body: 'They knew after. I was told it was irregular. It was.',
					},
				],
			},
			{
				by: 'marcel_q',
				daysAgo: 203.8,
				votes: 2,
				body: 'In my trade this would be an admission of liability, and I would be advised to say nothing. I would like to have said it.',
			},
			{
				by: 'cleo_b',
				daysAgo: 188,
				votes: 1,
				body: 'I give advice about air time all day long, with great confidence. I went a bit quiet after this one.',
			},
		],
	},
	{
		by: 'dolores_ib',
		daysAgo: 5.4,
		votes: 10,
		body: 'On my floor, whoever’s hand was last on the oven door answers the question about the oven. Don’t tell them your colleague is back at four. Learn the oven.',
		replies: [
			{
				by: 'vinnie_c',
				daysAgo: 5.1,
				votes: 2,
				body: 'And if I touch nothing?',
				replies: [
					{
						by: 'dolores_ib',
						daysAgo: 4.9,
						votes: 4,
						body: 'Then you are the boy who touches nothing and on Monday you are in the stockroom.',
					},
				],
			},
			{
				by: 'liisa_k',
				daysAgo: 3.8,
				votes: 0,
				body: 'What if you learn it wrong? I would rather wait until four than be sold a built-under as a built-in.',
			},
		],
	},
	{
		by: 'samu_t',
		daysAgo: 84,
		votes: 9,
		body: 'Reading the handover note I wrote as if I were the one who has to live off it. I was, once. It said “customer happy” and nothing more.',
		earlier: [{ daysAgo: 110, body: 'Writing good handover notes.' }],
		replies: [
			{
				by: 'sunil_pathare',
				daysAgo: 83.6,
				votes: 0,
				body: 'From four words to this. What happened in between?',
				replies: [
					{
						by: 'samu_t',
						daysAgo: 82.3,
						votes: 1,
						body: 'I inherited an account from myself. I’ve put it up as a story now, I’m not proud of it.',
					},
				],
			},
			{
				by: 'wes_ops',
				daysAgo: 82,
				votes: 3,
				body: '“Customer happy” appears 212 times in our notes field. I looked. Sorry.',
			},
		],
	},
];
