import type { DemoDefinition } from './types.ts';

/** The two with the longest conversations under them. */
export const definitions1: DemoDefinition[] = [
	{
		by: 'hanne_d',
		daysAgo: 231,
		votes: 26,
		body: 'Before I say a delivery was late, I look up which promise of mine it was late against. Half the time I gave a date that nobody in the plant had agreed to.',
		earlier: [
			{ daysAgo: 239.6, body: 'If the customer is unhappy it is my problem, full stop.' },
			{
				daysAgo: 235.2,
				body: 'If a delivery is late it is my problem, because I am the one who gave the date.',
			},
		],
		feature: {
			by: 'rowan_tallis',
			daysAgo: 224.5,
			note: 'Read the two earlier versions as well. The first one is loud and asks nothing of her. This one sends her to look something up, and she might not like what she finds.',
			highlight: 'which promise of mine it was late against',
		},
		replies: [
			{
				by: 'grant_tewhata',
				daysAgo: 230.4,
				votes: 2,
				body: 'And what about the other half?',
				replies: [
					{
						by: 'hanne_d',
						daysAgo: 230.1,
						votes: 5,
						body: 'The other half it is the printing press. I still make the call, but those nights I sleep.',
						replies: [
							{
								by: 'grant_tewhata',
								daysAgo: 229.9,
								votes: 1,
								body: 'Fair. I’d have said the press is yours too. You sold it knowing it was old.',
								replies: [
									{
										by: 'gretchen_l',
										daysAgo: 229.2,
										votes: 2,
										body: 'No. She does not decide on presses. Give her the investment budget and then we can talk.',
										replies: [
											{
												by: 'grant_tewhata',
												daysAgo: 228.8,
												votes: 4,
												body: 'Never had an investment budget in my life. Had plenty of blokes at the gate asking where their gear was.',
											},
										],
									},
								],
							},
						],
					},
				],
			},
			{
				by: 'yuto_n',
				daysAgo: 228.3,
				votes: 1,
				body: 'How do you look it up? In my company the salesperson’s promise is in his head, or in an email to the buyer. The factory sees only the order date.',
				replies: [
					{
						by: 'hanne_d',
						daysAgo: 227.9,
						votes: 2,
						body: 'I write it in the order text, in capitals: **PROMISED TO CUSTOMER 14/3**. The planners hated it for a month. Now they ring me when it is missing.',
						replies: [
							{
								by: 'wes_ops',
								daysAgo: 227.5,
								votes: 4,
								body: 'Capitals in a free text field. My eye is twitching. Please ask somebody for a date field.',
								replies: [
									{
										by: 'hanne_d',
										daysAgo: 227.3,
										votes: 7,
										body: 'I asked in 2021. It is on a list.',
										replies: [
											{
												by: 'wes_ops',
												daysAgo: 227.2,
												votes: 1,
												body: 'Send me the list. I mean it.',
											},
										],
									},
								],
							},
						],
					},
				],
			},
			{
				by: 'bex_o',
				daysAgo: 222,
				votes: 2,
				body: 'What if nobody told sales the lead time had gone from ten days to sixteen? Happened to us in the autumn. Feels like you’re taking the blame for somebody’s missing email.',
				replies: [
					{
						by: 'hanne_d',
						daysAgo: 221.4,
						votes: 4,
						body: 'It has happened here too. Then I say to the customer: “I quoted ten days and I did not check.” That is also true.',
						replies: [
							{
								by: 'bex_o',
								daysAgo: 221.1,
								votes: 0,
								body: 'It’s true but it’s generous. I’d want whoever changed it sat at the table.',
							},
							{
								by: 'sunil_pathare',
								daysAgo: 220.6,
								votes: 2,
								body: 'Both can happen in the same week. She rings the customer on Tuesday, and on Thursday there is a meeting about who publishes lead times. What I see more often is that the Thursday meeting is held first, and very well minuted, and the customer hears about the sixteen days from his own forklift driver.',
							},
						],
					},
				],
			},
			{
				by: 'raf_m',
				daysAgo: 216.7,
				votes: 7,
				body: 'Guilty. I say “by Friday” because it ends the phone call.',
				replies: [
					{
						by: 'cleo_b',
						daysAgo: 216.2,
						votes: 2,
						body: '“By Friday” needs its own page in the medical book.',
					},
					{
						by: 'vinnie_c',
						daysAgo: 215.8,
						votes: 5,
						body: 'In Torino we say Friday and we do not say which one.',
					},
				],
			},
			{
				by: 'rowan_tallis',
				daysAgo: 213,
				votes: 0,
				body: 'Did anything change for the customer once you started looking it up, or mainly for you?',
				replies: [
					{
						by: 'hanne_d',
						daysAgo: 212.5,
						votes: 4,
						body: 'For me first. For the customer after maybe three months: fewer dates from me, and later ones, and they held. One buyer said I had become boring in a good way. I kept that on a sticky note.',
					},
				],
			},
			{
				by: 'noor_h',
				daysAgo: 91,
				votes: 2,
				body: `Reading this late. I went back through the dates I gave last quarter, forty-one of them, and sorted them by where they came from:

- nineteen from a person who would have to do the work
- eight from the last time we did something similar
- fourteen from the look on the client’s face

We were on time for most of the first group. I would rather not post the figure for the third.`,
			},
		],
	},
	{
		by: 'marcel_q',
		daysAgo: 204,
		votes: 24,
		body: 'When a claim is refused I ring the client myself, the same day, before the letter reaches him. The insurer wrote the exclusion. I am the one who told him he was covered.',
		feature: {
			by: 'rowan_tallis',
			daysAgo: 198.7,
			note: 'I keep coming back to the last sentence. He could stop at the insurer and every word would be correct. Read his answer to Gretchen underneath too, I think it is harder than the definition.',
			highlight: 'I am the one who told him he was covered.',
		},
		replies: [
			{
				by: 'gretchen_l',
				daysAgo: 203.4,
				votes: 1,
				body: 'And if you did not tell him he was covered? Some clients hear what they want.',
				replies: [
					{
						by: 'marcel_q',
						daysAgo: 203.1,
						votes: 4,
						body: 'Then I should have heard him hearing it. I know the face. It stops listening at “all risks”.',
						replies: [
							{
								by: 'gretchen_l',
								daysAgo: 202.8,
								votes: 2,
								body: 'You cannot be responsible for another man’s attention.',
								replies: [
									{
										by: 'marcel_q',
										daysAgo: 202.5,
										votes: 8,
										body: 'For his attention, no. For going on talking after I have lost it, yes.',
										replies: [
											{
												by: 'ndumiso_m',
												daysAgo: 201.9,
												votes: 1,
												body: 'On the phone we don’t even get the face. What would you do then?',
												replies: [
													{
														by: 'marcel_q',
														daysAgo: 201.2,
														votes: 6,
														body: `I ask him to tell me one thing that is *not* covered. If he cannot name one, I have not finished. It adds about four minutes.

Some are annoyed. One man asked me if this was an examination. I said yes, mine.`,
													},
												],
											},
										],
									},
								],
							},
						],
					},
				],
			},
			{
				by: 'teo_v',
				daysAgo: 200.6,
				votes: 3,
				body: 'Same day is the part. I waited a weekend once, to have some good news to put with the bad news. There was no good news, and now there was also a weekend.',
			},
			{
				by: 'dwayne_p',
				daysAgo: 197,
				votes: 0,
				body: 'What do you actually say? First sentence.',
				replies: [
					{
						by: 'marcel_q',
						daysAgo: 196.6,
						votes: 6,
						body: '“They have refused it, I think they may be right, and I will tell you why I did not see it coming.” When I think they are wrong, it is a much easier call.',
						replies: [
							{
								by: 'dwayne_p',
								daysAgo: 196.3,
								votes: 4,
								body: 'I’d have led with the weather and died there.',
							},
						],
					},
				],
			},
			{
				by: 'lucja_w',
				daysAgo: 155.5,
				votes: 0,
				body: 'Does the insurer ever pay after you push, or is the call only for manners?',
				replies: [
					{
						by: 'marcel_q',
						daysAgo: 155,
						votes: 2,
						body: 'About one in six. I do not say that on the first call, because he would hear one in one.',
						replies: [
							{
								by: 'brigid_moy',
								daysAgo: 154.2,
								votes: 1,
								body: 'I used to tell trainees to give people hope. I’d have to go back and apologise to a few hundred of them.',
							},
						],
					},
				],
			},
		],
	},
];
