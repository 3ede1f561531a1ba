import type { DemoStory } from './types.ts';

/** Stories five to nine. */
export const stories2: DemoStory[] = [
	{
		by: 'bex_o',
		daysAgo: 88,
		votes: 16,
		title: 'I was told to own it, so I sent an invoice',
		practices: [],
		body: `Warehouse staff, peak season, a client with a parcel shed off the M62. The contract said we supply forty a night and they supply the shift supervisor. End of November the supervisor walked out, and the ops manager rang me on a Sunday: could I “take ownership of the nights until Christmas”.

I liked him. I said yes. I meant I’d keep an eye on it. He meant I’d run his warehouse.

So from the first of December I was there at nine at night, four nights out of six, in a hi-vis two sizes too big, telling people which bay. I’m a recruitment consultant. I had never driven a pallet truck and legally I still haven’t. I did a rota. I sorted out a row about the microwave. I sent one lad home who’d been awake two days because his kid was in hospital, and I drove him, since there’s no bus. By the second week errors were down by a third and people were calling me boss, and I’d started to enjoy it, which should have been a warning.

On the fifteenth my own manager asked why I’d filled two vacancies in a fortnight when the desk usually does eleven.

I had a think in the car. The work I’d been doing was good and it was also somebody else’s salary. If I carried on there’d be no supervisor in January either, because why would he pay for one, and my candidates for other clients were sat at home not getting phoned.

So I costed it. Nine nights at supervisor rate, plus mileage, and I sent it to him with a note:

> Happy to keep going until the 23rd at this price, or I can have two supervisors for you to interview on Thursday.

He was livid for about a day. He used the word partnership. I said partners usually know what the other one’s being paid.

He interviewed on the Thursday. The one he took is still there. He paid the invoice in February, short by the mileage, and I let him have that.

I know this is a thread where people give up their Saturdays. Fair play to you. I just think somebody should put in writing that **stepping in for free can be the thing that keeps the problem alive**, and I say that as the one who liked being called boss.`,
		replies: [
			{
				by: 'shona_mcq',
				daysAgo: 20,
				votes: 8,
				body: 'Only finding this now. I feel personally addressed, from a lay-by somewhere north of Tarbert.',
				replies: [
					{
						by: 'bex_o',
						daysAgo: 19.7,
						votes: 3,
						body: 'Your keg, your mistake, your drive. Different thing. His supervisor was never my keg.',
					},
				],
			},
			{
				by: 'brigid_moy',
				daysAgo: 87.2,
				votes: 0,
				body: 'When you said yes on the Sunday, what should you have asked?',
				replies: [
					{
						by: 'bex_o',
						daysAgo: 86.9,
						votes: 7,
						body: '“For how long, and who’s paying?” Four seconds. I had it in my mouth and I wanted to be liked.',
					},
				],
			},
			{
				by: 'okello_b',
				daysAgo: 85.5,
				votes: 4,
				body: 'You drove the boy home. Was there a line for that on the invoice?',
				replies: [{ by: 'bex_o', daysAgo: 85.1, votes: 6, body: 'No. That one was on me.' }],
			},
		],
	},
	{
		by: 'piet_h',
		daysAgo: 201,
		votes: 14,
		title: 'I sold a freezer rack that did not exist',
		practices: ['sell-with-the-company'],
		body: `We make racks and boxes for laboratory freezers. We are me, Lieve in the workshop, and Stef, who does everything with a plug.

A university hospital asked if we had a rack for a freezer that had come out that month. I said yes. I had the drawing in my head, so for me it was a yes. An order for 260 pieces, delivery in five weeks. I walked into the workshop with a bottle.

Lieve asked to see the drawing. I pointed at my head. She put the bottle on the shelf, unopened, and asked what steel, what tolerance on the sliding side, and had I ever seen the freezer. I had seen the brochure.

What followed was the worst month we have had together. The brochure gave the inner depth without the door seal. Our first ten racks fitted in the freezer and then the door would not close, a difference of 6 mm. Stef drove there with a torch and a ruler and lay in front of a freezer for an hour while a researcher stepped over him. We bent all 260 by hand a second time. Lieve worked two Sundays. She said nothing about it and that is how I knew.

We delivered nine days late. I called the hospital and told it as it was: I had said yes to something we had not made. The lab manager was friendly. Then she said they had known that, the freezer was on the market for eleven days when I said yes, and they had assumed we would tell them if there was trouble. I did not sleep well on that one.

Afterwards the three of us sat down and Lieve made the rule. I may say yes if there is one on the shelf. If there is none, I must say “I will ask Lieve”, aloud, with her name, to the customer.

I was sure it would make us look small. In the first half year I said it about forty times. Two customers went elsewhere. But a few began to write to her directly, and she sells better than I do, because she asks what the thing has to carry. Last autumn she talked a customer *out* of a rack and into a shelf. I stood next to the phone with a pain in my chest. They have ordered every quarter since.

The bottle was not good, by the way. It had stood in the sun.`,
		replies: [
			{
				by: 'dolores_ib',
				daysAgo: 200.1,
				votes: 9,
				body: 'I would like to work for Lieve.',
				replies: [
					{ by: 'piet_h', daysAgo: 199.8, votes: 11, body: 'Everybody here works for Lieve.' },
				],
			},
			{
				by: 'yuto_n',
				daysAgo: 196.9,
				votes: 2,
				body: 'Please, why did the lab manager not ask, if they knew? I find both sides polite and both sides wrong.',
				replies: [
					{
						by: 'piet_h',
						daysAgo: 195.4,
						votes: 3,
						body: 'I asked her that a year later. She said that when you ask a supplier “are you sure?”, he always says he is sure, so she stopped.',
					},
				],
			},
		],
	},
	{
		by: 'teo_v',
		daysAgo: 58,
		votes: 13,
		title: 'The pine above the teacher’s house',
		practices: ['answer-for-the-outcome'],
		body: `I close solar. Two visits, sometimes one. The family signs, the installers come in three weeks, and by then I’m at another kitchen table. For two years I was the best in the region at it.

Four years ago I sold six kilowatts to a retired teacher above Šibenik. South roof, no shade, an easy calculation. I showed her payback in seven years. She asked about the pine on her neighbour’s land and I said it was low. It was low.

This January she wrote to me. She thought the bill was wrong. She saved a bit less each year and she had all of it in a school notebook, month by month, in two colours. She had scanned it for me, forty pages. It made a lovely straight line going down. The pine had grown. Nobody had lied to anyone. A pine there grows maybe forty centimetres in a year, and I had put it in my calculation like a photograph.

The warranty says the panels work. The company says shade after installation is not ours. Both correct. I did write her that letter, the polite one, and when I read it, it sounded like a man leaving by the window.

So I went up. I sat down with her notebook and made the calculation again with the tree growing, and payback came to eleven years and a bit. I showed her that. It’s the worst sales presentation I ever made and I made it to someone who had already bought.

> So you sold me four years that I don’t have.

She is seventy-six. I had no answer for this and I didn’t invent one.

What could be done was optimisers on the four panels in the shade, parts for 380 euros. The company gave the parts after I sent them her notebook, I think it was the colours that did it. I gave the labour, meaning I paid our fitter’s cousin for a morning. It won back about half of what she was missing. I spoke with the neighbour too. He likes the pine.

Now on each visit I photograph every tree inside thirty metres and I put year one and year ten side by side on the page. I close fewer on the first visit. I went from best in the region to third. My cancellations went from nine in a hundred to two, and there’s no prize for that, so I’m telling you here.`,
		replies: [
			{
				by: 'ingunn_p',
				daysAgo: 57.3,
				votes: 1,
				body: 'Thirty metres is not enough for a eucalyptus. Otherwise I have nothing to add.',
			},
			{
				by: 'wes_ops',
				daysAgo: 56.8,
				votes: 2,
				body: 'Nine to two on cancellations. Third on bookings and probably first on what’s left a year later. Has anybody run it?',
				replies: [
					{
						by: 'teo_v',
						daysAgo: 56.1,
						votes: 4,
						body: 'I ran it on paper. First, by a little. I showed my boss and he said “interesting”, which I’ve learned is the end of a conversation.',
						replies: [
							{
								by: 'wes_ops',
								daysAgo: 55.9,
								votes: 3,
								body: 'Send it to finance. In finance it’s the beginning of one.',
							},
						],
					},
				],
			},
			{ by: 'hanne_d', daysAgo: 54.4, votes: 0, body: 'What does she write in the notebook now?' },
		],
	},
	{
		by: 'gretchen_l',
		daysAgo: 39,
		votes: 12,
		title: 'The discount I signed at 22:40',
		practices: ['answer-for-the-outcome', 'make-good-work-better'],
		body: `At our company a discount above 18 per cent needs the director. That is me. In the last week of the fiscal year I am therefore a popular woman.

On the thirtieth, at 22:40, I approved 27 per cent on a valve package for a chemical plant. The account manager had written “strategic” in the reason field. I was in bed. I did not open the attachment.

The attachment said that the 27 per cent also applied to spare parts, for eight years.

For those who do not sell valves: we sell the valve so that we may sell the spare parts.

I learned of it in April, when the service department asked, very correctly, whether this was intended. It had my electronic signature. The account manager offered to say he had misled me. He had not, it was on page two in normal letters. He is twenty-nine and he would have said it, and I record here that for half a minute I found it a sensible idea.

**First** I went to the managing director and said I had signed something without reading it, and what it costs: about 610,000 francs over the eight years. He said nothing for some time. I had prepared an explanation about the year-end load and I am glad he did not ask for it.

**Then** I went to the customer. I told the purchasing manager that the paper was valid, that we would honour it, and that the error in it was mine. In the first meeting I asked for nothing. In the second I offered a service contract with stock held at his plant, against normal prices from year three. He took it, because parts on site were worth more to him than the discount, which I would have known in December if any of us had asked. So the loss is perhaps 140,000.

**Last**, the process. My first draft was a rule that every attachment needs a summary, written by the account managers, who had done nothing wrong. I deleted it and looked up what I sign at night. In three years I had approved forty-four discounts after 21:00 and refused none. By day I refuse one in four.

After 19:00 the system no longer lets me approve anything. It was a ten-minute change. The account managers complained for one quarter. Now they send their requests before lunch, with reasons longer than one word.`,
		replies: [
			{
				by: 'noor_h',
				daysAgo: 38.3,
				votes: 4,
				body: 'Forty-four and none refused. I’m going to look mine up, and I’m already unhappy.',
			},
			{
				by: 'grant_tewhata',
				daysAgo: 37.7,
				votes: 3,
				body: 'Nobody out here can sign anything after seven because nobody’s got signal. Ahead of our time.',
			},
			{
				by: 'bex_o',
				daysAgo: 37.1,
				votes: 2,
				body: 'Your definition says you don’t own what you can’t decide. This one you could decide. Feels like the same rule seen from the expensive side.',
				replies: [
					{
						by: 'gretchen_l',
						daysAgo: 36.6,
						votes: 5,
						body: 'Yes, I noticed. It is less comfortable from here.',
					},
				],
			},
		],
	},
	{
		by: 'marcel_q',
		daysAgo: 128,
		votes: 11,
		title: 'The baker and the word “adjacent”',
		practices: ['answer-for-the-outcome'],
		body: `A baker in the suburbs of Lyon, two ovens, nine employees, my client for eleven years. At some point he rented the garage behind the shop for his flour. He told me by telephone and I sent the form to the insurer: “storage, adjacent”. That was my word. Between the bakery and the garage there is a yard, four metres wide.

One winter the garage flooded. Eleven tonnes. The insurer sent a young man with a measuring wheel. In the general conditions, page eleven, “adjacent” means sharing a wall.

I have been a broker for twenty-six years. I knew the page. It did not come to mind, because I know that yard, I have eaten croissants in it, and in my head it was all one bakery.

For a weekend I was a lawyer. I wrote a good letter about the ordinary usage of the word. On the Monday I was his friend, indignant beside him against the insurer, which is very agreeable and costs nothing. On the Tuesday the baker said: “But who wrote the word?”

I had. For three days I had been speaking of that word as if it had fallen from the sky.

I declared it to my own insurer, the professional liability. I had paid that premium for twenty-six years without using it, and it is a curious thing to be the client. I filled in their form badly. They asked me for a document I have asked of two hundred people, and I was offended.

They paid 60 per cent. There was an excess of 4,000 euros, and I paid that. The baker stayed one more year and then went to his brother-in-law’s broker, without a quarrel. He still sells me bread. We do not speak about flour.

Since then I visit the premises with the policy in my hand and I read the definitions aloud: in the yard, in the cellar, under the beam that somebody has cut. Clients find it theatrical. About one time in three we come to a word that does not fit the wall.`,
		replies: [],
	},
];
