import type { DemoStory } from './types.ts';

/** Stories fifteen to eighteen. */
export const stories4: DemoStory[] = [
	{
		by: 'lucja_w',
		daysAgo: 9,
		votes: 5,
		title: 'A hundred and twelve no-shows',
		practices: ['see-the-whole-job', 'make-good-work-better'],
		body: `I’m an SDR for payroll software, ten months in. My target is eighteen meetings held per month. Held, that’s the word that hurts. In March I booked thirty-one and fourteen were held, and my team lead said: book more.

I’m not good at being told to do more of the thing that doesn’t work. So one evening I took every no-show our team had since the beginning of the year. There were 112. I rang the ones who would pick up, and I had one question, which was: what happened? I told them I wouldn’t sell them anything, and then I had to keep to it, and with two of them that was painful.

Sixty-three people talked to me. I put it in a spreadsheet with a column for their exact words.

- 22 had the wrong time. Our invitations go out in the account executive’s time zone, and half of ours sit in Lisbon.
- 17 had asked for a price by email and somebody had answered “happy to discuss on the call”.
- 9 had been at the meeting. *We* hadn’t.
- The other 15 forgot, or something was on fire. One was in labour.

So forty-eight of the sixty-three we did ourselves. I had always thought a no-show was something the prospect does.

My team lead said it was good work and I should put it in the shared folder. I have seen the shared folder. So I asked for ten minutes at the account executives’ meeting. I was so nervous that I read from paper, only the numbers, and when I got to the nine it went quiet. Then one of them said, “Two of those are me.” After that it was easy.

The time zone was fixed that week. The price question is still being discussed. It is political, which is a word I’ve learned here. Nobody misses a meeting now, or if they do they write to me first.

April: twenty-six booked, twenty-one held. I did less. I’d like to report that my team lead noticed, but he has asked for thirty in May.`,
		replies: [
			{
				by: 'wes_ops',
				daysAgo: 8.4,
				votes: 2,
				body: 'The column for exact words is the part most analysts skip. If payroll ever bores you, write to me.',
			},
		],
	},
	{
		by: 'shona_mcq',
		daysAgo: 18,
		votes: 4,
		title: 'Eleven pubs in a notebook',
		practices: ['make-good-work-better'],
		body: `I cover the west coast and some of the islands for a cider maker. Nine years at it and I’m decent. Trouble with decent is nobody rings you up to ask how you’ve managed it.

Last winter I’d a week with no ferries. So I got out the order book and picked the eleven pubs that had been flat for three years. No growth, no bother. They were the ones I liked visiting, if I’m honest, as they’d always the kettle on.

I wrote down what I’d actually said in each of them the last time, near as I could remember. It was the same in all eleven. “How’s it going, same again?” Word for word. I’d been paid nine years to say “same again”.

When the boats came back on I went round with a different question for each, one I didn’t know the answer to. Some were daft. In one place I asked what gets poured down the sink. The landlady took me to the cellar and showed me: near half of every keg of our dry, in winter, because it’s past it before she’s sold it. She’d been ordering fifties since that’s what I put her down for when she opened. She never asked for smaller. She didn’t know we did a twenty. Why would she? I’d never said.

I put her on twenties and her order went *down*. My boss rang about that, and I told him about the sink, and he asked how many other sinks there were. Seven of the eleven, it turned out.

My numbers were down for a quarter and I took some stick on the Friday call. By the next summer five of them had taken a second line, having the cooler space for it. Two haven’t and won’t. One told me to give over with the questions and just bring the cider, so with him I do.

I do the notebook every January now, ferries or no ferries. I still catch myself with my mouth open on the S of “same”.`,
		replies: [],
	},
	{
		by: 'dolores_ib',
		daysAgo: 4.1,
		votes: 2,
		title: 'The refrigerator and the landing between the second and third floor',
		practices: ['see-the-whole-job'],
		body: `Saturday, half past twelve, ticket printer dead, eleven people at the kitchen desk. A man wants a refrigerator, the American kind, two doors, the large one. He has measured his kitchen, he has a paper with the numbers. It fits. Easy sale, 1,890 euros.

In our store you get the commission when it’s paid. Delivery is another company, in other shirts. If the thing doesn’t go up the stairs it is called a *transport incident*, and it comes out of nobody’s pocket except the shop’s.

I had sold four of that model that month and two had come back. I knew because I have lunch with Paqui from returns and she’d told me: your big ones go for a ride and come home. I hadn’t done a thing about it. I had said what a pity.

So with eleven people behind him I asked which floor. Third. Lift? Small one. And the stairs? They turn. I took the tape measure, we went to the display, and I made him hug the refrigerator and turn with it as if we were on a landing. He was laughing, his wife was filming. It did not turn.

He bought a smaller one, 740 euros. I lost nineteen euros of commission, more or less. The queue was angry with me. A woman left, and I am sure she wanted an induction hob.

On Monday I asked Paqui for the list. Thirty-one large appliances back since January, twenty-two of them for a door or a staircase. Each one costs 120 euros of transport, and then the box is open and it is sold as second quality. I took the list to my manager. He’s not a bad man but he lives inside the sales figure. Very good, Dolores, he said, but we are not going to ask people about their stairs on a Saturday.

So we don’t ask. I stuck tape on the floor in front of the big refrigerators, the outline of a landing, a metre ten by a metre ten, in real size. No sign. People stand in it. They turn around, they call their husbands at home, they look at the machine and then at the tape.

It has been seven weeks. Paqui says it’s gone quiet, she’s bored. She wants me to do washing machines.`,
		replies: [],
	},
	{
		by: 'ndumiso_m',
		daysAgo: 0.9,
		votes: 0,
		title: 'The call I had been playing to new agents for a year',
		practices: ['make-good-work-better'],
		body: `Every new group of agents hears one recording from me in week one. It’s a funeral cover sale, eleven minutes, by an agent who has since left us. She is warm, she doesn’t rush, you can’t hear where the close begins. I’ve played it to about ninety people. I know where she breathes.

Two weeks ago a complaint came in. Husband deceased in month four, waiting period six, claim declined. The widow said nobody had told her. I asked for the call. You will have guessed. It was *that* call. I had pulled it for training before the policy was even issued, and I’d never asked what became of it.

I listened as if for the first time. At minute seven the client says, “So if something happens we’re covered,” and the agent says, “From the first debit order you’re part of the family.” It’s lovely. She hasn’t answered her. The waiting period is read out at minute ten, correct to the word, quickly, after the bank details, while the client is looking for her card.

Compliance had passed it. I had passed it. In week one, ninety times, I’d stopped the tape at minute seven and said: listen how she does that.

What has been done so far, and it isn’t finished:

- I took the recording to the claims committee and argued that the client had asked and been answered wrongly. They paid half, as goodwill. I go back on Thursday for the other half.
- I rang the client. She was courteous to me, more than I’d earned. She wanted to know the agent’s name, because she’d liked her.
- The waiting period now comes before the bank details. In the first week it cost us about one sale in twenty.
- Of the ninety, forty-eight still work here. I told them in groups of six, with the tape.

That last one was hard. An agent of twenty-three asked if she should now ring all her own clients from the past year. I had no answer ready. We started this morning, she and I, from the top of her list. We have reached eleven, and two of them hadn’t understood. I’ll come back and say how many it was in the end.`,
		replies: [],
	},
];
