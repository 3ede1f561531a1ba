import type { DemoDefinition } from './types.ts';

/** The quieter and the newest ones. */
export const definitions4: DemoDefinition[] = [
	{
		by: 'ndumiso_m',
		daysAgo: 12,
		votes: 8,
		body: 'My agents read a script I approved. When someone says nobody explained the waiting period, I listen to the whole call before I open my mouth about it. If it’s the agent, it’s coaching. If it’s the script, it’s me.',
		replies: [
			{
				by: 'marcel_q',
				daysAgo: 11.6,
				votes: 0,
				body: 'How often is it the script?',
				replies: [
					{
						by: 'ndumiso_m',
						daysAgo: 11.2,
						votes: 2,
						body: 'This year, nine calls out of thirty-one. I would have guessed two.',
					},
				],
			},
		],
	},
	{
		by: 'lucja_w',
		daysAgo: 3.2,
		votes: 7,
		body: 'I book the meeting, the account executive forgets it, and the prospect writes to me because mine is the only name she has. So I learned enough product to hold fifteen minutes alone. That’s all of it for now. Ask me again when I’m paid on the close.',
		replies: [
			{
				by: 'raf_m',
				daysAgo: 2.9,
				votes: 2,
				body: 'As an account executive who has forgotten one: thank you, and please stop naming us.',
				replies: [
					{ by: 'lucja_w', daysAgo: 2.7, votes: 5, body: 'I didn’t name you. You stood up.' },
				],
			},
		],
	},
	{
		by: 'ingunn_p',
		daysAgo: 46,
		votes: 6,
		body: 'Telling the skipper the unit he wants is wrong for his boat before he finds out off Stad in February.',
		replies: [
			{
				by: 'shona_mcq',
				daysAgo: 45.3,
				votes: 0,
				body: 'And if he buys it anyway?',
				replies: [
					{
						by: 'ingunn_p',
						daysAgo: 44.9,
						votes: 2,
						body: 'Then I fit it properly and print my objection on the order confirmation, so we can laugh about it in March.',
					},
				],
			},
		],
	},
	{
		by: 'piet_h',
		daysAgo: 240,
		votes: 6,
		body: 'We are three. I look around for the person whose job it is, and by the time I reach the kettle I have run out of people.',
		replies: [
			{
				by: 'bex_o',
				daysAgo: 233,
				votes: 1,
				body: 'Wait until there’s five of you. Then the kettle gets a working group.',
			},
		],
	},
	{
		by: 'yuto_n',
		daysAgo: 33,
		votes: 5,
		body: 'In our reports the first line under “cause” may not contain the name of another department. I disliked this rule for eight years. Twice it made me write something untrue. The other times it made me look again, and usually there was a question I had not asked the customer, because I was afraid of the answer or because it was raining and I wanted to go home.',
		earlier: [{ daysAgo: 52.4, body: 'To write the real cause in the report.' }],
		replies: [
			{
				by: 'brigid_moy',
				daysAgo: 32.2,
				votes: 1,
				body: 'The two untrue ones interest me more. What did you write?',
			},
		],
	},
	{
		by: 'fatima_ch',
		daysAgo: 71,
		votes: 4,
		body: 'With partners: we agree in writing who gives the customer bad news, before there is any.',
		replies: [
			{
				by: 'raf_m',
				daysAgo: 70.2,
				votes: 1,
				body: 'We have this for who sends the invoice. Nobody ever thought about who says sorry. Borrowing it.',
			},
		],
	},
	{
		by: 'dwayne_p',
		daysAgo: 27,
		votes: 3,
		body: 'Car comes back on a hook, I walk out to the lot. I don’t send the kid who sold it.',
		replies: [
			{
				by: 'teo_v',
				daysAgo: 26.1,
				votes: 1,
				body: 'And the kid, does he walk out with you? Mine hid me in the back office and I learned nothing for two years.',
			},
		],
	},
	{
		by: 'cleo_b',
		daysAgo: 55,
		votes: 3,
		body: 'Running the make-good before the client has counted the spots. A hardware store bought forty with us for the week before Carnival and we aired thirty-four, because a football match ran long. I could have waited for the question. A man who has to count his own adverts has already decided what kind of station you are, and he’ll tell the fellow with the tyre shop on Saturday.',
		replies: [],
	},
	{
		by: 'liisa_k',
		daysAgo: 2.1,
		votes: 2,
		body: 'Sending the mail that says nothing has happened yet. Fridays at three, to everyone who is waiting for me. Colleagues laugh about it. My phone is silent on Mondays.',
		replies: [],
	},
	{
		by: 'noor_h',
		daysAgo: 0.6,
		votes: 2,
		body: `Putting in the forecast the figure I would bet my own rent on.
Then leaving it there when somebody sighs in the meeting.`,
		replies: [],
	},
	{
		by: 'vinnie_c',
		daysAgo: 1.3,
		votes: 1,
		body: 'The machine is broken and forty lawyers have no coffee. First you carry coffee up the stairs. Explaining is for after, when they have drunk it.',
		replies: [],
	},
	{
		by: 'raf_m',
		daysAgo: 0.1,
		votes: 0,
		body: 'I write why we lost it before operations writes why we lost it. Mine is shorter.',
		replies: [],
	},
];
