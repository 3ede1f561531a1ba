import type { DemoStory } from './types.ts';

/** Stories ten to fourteen. */
export const stories3: DemoStory[] = [
	{
		by: 'fatima_ch',
		daysAgo: 107,
		votes: 10,
		title: 'The partner who learned it from a tender portal',
		practices: ['sell-with-the-company', 'answer-for-the-outcome'],
		body: `I manage eleven resellers. My job is that they sell our switches and that we do not sell around them. On a Wednesday in Ramadan, at an hour when nobody telephones anyone, one of them telephoned. He had worked five months on a ministry tender. He had just seen on the portal that our own direct team was registered as a bidder.

I didn’t know. That is what I said to him. It was the truth and it was the worst sentence I could have chosen. He said, “Then what are you for?”

I spent the evening finding out. Our public sector team sits two floors above me. They had had the tender on a list since November, and the list went to legal, to finance and to presales. It did not go to channel because channel had never asked for it, and channel is me. They assumed that if a partner was on the deal I would have registered it in the system. I had not. He had asked me to in the winter, and I had thought it was early.

So there were two small silences and one of them was mine.

The next day:

1. I went up two floors with his registration, five months late, and said it was late because of me.
2. I asked for the direct bid to be withdrawn. They refused, and they had a reason: the bid bond was paid.
3. I asked what they could give. They gave the installation and three years of support as a subcontract, around a third of the value.

I brought him the third. I also told him about the registration. He hadn’t known that part, he believed it was all the team upstairs. He could have gone over my head with it, and I think he was deciding whether to while I was still talking.

He took the third. For the next tender he registered with me in writing and put my director in copy. He still does. It has been more than a year and I read that copy line each time. I find the price fair.

On the first Monday of the month I now go upstairs with my list and read theirs. It takes twenty minutes. The first time we found two more.`,
		replies: [
			{
				by: 'raf_m',
				daysAgo: 106.2,
				votes: 1,
				body: 'You told him about the registration when he didn’t know. Would you do that again?',
				replies: [
					{
						by: 'fatima_ch',
						daysAgo: 105.8,
						votes: 6,
						body: 'Yes. Somebody upstairs would have told him by the summer, with more pleasure.',
					},
				],
			},
			{
				by: 'gretchen_l',
				daysAgo: 104.9,
				votes: 1,
				body: 'Bond or no bond, your director should have stopped the direct bid. A bid bond is money. I know what ours cost and it is less than a reseller who tells ten others at a trade fair. You paid with your own reputation for a decision that was made two floors above you, and to me that is generous towards the people upstairs. Did he have an opinion, or did he only come into copy?',
			},
		],
	},
	{
		by: 'priyanka_s',
		daysAgo: 172,
		votes: 9,
		title: 'Eleven pallets on level three',
		practices: ['see-the-whole-job'],
		body: `My customer is a chain of three hundred and some chemists. In June they ran an offer on our anti-dandruff 400 ml. We had agreed it in February over a nice dinner.

On the second day one shop in Chennai had none. By the fourth day ninety shops had none. Their category manager sent me photographs of empty shelves, one after the other, without a single word, until my phone was warm.

I checked our side: shipped in full, on time, signed for. I had the delivery notes. There is a version of me from five years ago who would have sent those notes, with his manager in copy, and had a peaceful evening.

I took an auto to their distribution centre because I wanted to see the stuff with my eyes. It was there. Eleven pallets, level three, aisle J. It had been received as the 200 ml, since the barcode on the shrink-wrap was the 200’s. Our co-packer had run out of film and used what he had. The cartons were right, the bottles were right, only the skin was wrong. So their system believed it had an ocean of 200 ml and no 400 at all.

Whose is that? The co-packer’s, said my supply chain. Their receiving should have opened one, said I. Your artwork team changed the film in May, said the co-packer, and we had. While I waited for the shift manager I drew it on the back of a gate pass and counted six people who had each seen the wrong label and each had a reason.

I was the only one of the six with a phone number at both ends, so it was my job for three days. I got our people in to relabel in *their* warehouse, at night, which needed insurance letters and safety shoes in fourteen sizes. The offer was extended by a week and we paid for the week.

Afterwards I asked to walk the route once a year: co-packer, our depot, their depot, one shop. It takes a day and a half. My manager calls it tourism. On the last walk I saw that the new pump packs lean when they are stacked five high. Packaging said they were tested for five. They were tested in an air-conditioned room. We stack four.`,
		replies: [
			{
				by: 'aissatou_f',
				daysAgo: 171.4,
				votes: 4,
				body: 'Safety shoes in fourteen sizes. Nobody could make that up.',
				replies: [
					{
						by: 'priyanka_s',
						daysAgo: 171,
						votes: 7,
						body: 'Nobody had a 45. He wore my driver’s sandals and had to stay in the van.',
					},
				],
			},
		],
	},
	{
		by: 'dwayne_p',
		daysAgo: 28,
		votes: 8,
		title: 'I bought the pickup back',
		practices: ['answer-for-the-outcome'],
		body: `Sold a pickup to a kid, nineteen, first job, roofing. Seventy-one thousand miles, clean title. I knew it had a new bed on it. Figured a dent. I didn’t ask the auction, because you don’t ask what you don’t want to hear.

He’s back in five weeks. Frame’s bent. His uncle does bodywork and had put it on a lift and taken pictures.

It was an as-is sale, signed in four places. My finance guy had the folder out before the kid sat down. I looked at the folder. It’s a good folder. We’d have won.

I’d like to tell you I thought about right and wrong. What I thought about was that I’d parked that truck in the front row, by the road, good side out. I had picked the side. Nobody picks a side on a truck he thinks is straight.

So I bought it back. Full price, and his tags. The owner of the lot was not in favour. We went at it in the office with the blinds open, and he said one word I won’t type, and then he said it comes out of the used budget, which is to say my bonus, and I said fine, mostly because I was already loud and couldn’t find a way down off it.

Cost me about thirty-one hundred dollars. The kid bought a sedan someplace else. People want to hear that he sent me his whole crew. He did not send me a soul.

I ask the auction now. It’s one phone call. About one in eight I don’t bid. I tell my salespeople on Monday which ones I passed on and why, and it turns out two of the older guys had been having the same thought about new beds for years and keeping it to themselves.`,
		replies: [
			{
				by: 'okello_b',
				daysAgo: 27.2,
				votes: 8,
				body: 'He didn’t send anyone. Thank you for not inventing it.',
			},
		],
	},
	{
		by: 'samu_t',
		daysAgo: 82.6,
		votes: 7,
		title: 'I wrote “customer happy”',
		practices: ['sell-with-the-company'],
		body: `I started in customer success. I had sixty accounts, and when one was moved to a colleague I filled in the handover form. It has a field called “status of relationship”. For a housing association in Turku I wrote: *customer happy*. They were. I’d had coffee there in the spring.

Two years and one job title later I was an account manager, there was a reshuffle, and I was given the housing association. I opened the file to prepare. The last note with anything in it was mine.

I called. The HR manager I’d had the coffee with had left long ago. The new one was polite in a way I recognised from funerals. They were still waiting, she said, for the absence report “your colleague promised”. I asked which colleague. She looked in her mail. It was me.

Then I remembered. At the coffee I’d been asked whether the report could show sick leave per building, and I’d said I would look into it, and it was a nice day. A week later the account was reassigned. I had written down the mood and left out the promise.

Two people had held the account in between. Both had read “happy” and left it in peace. You don’t ring a happy customer when you have sixty.

The renewal was nine weeks away and I expected to lose it. Before anything else I walked over to the product team and asked about sick leave per building, and one of the developers showed me that it had existed for a year and a half. It was called something else. Nobody had told the customer, because nobody knew the customer had asked.

I went there by train, switched it on in front of her, and told her about the two words in the form. She renewed for one year where it had been three. “We’ll see if *you* are happy,” she said.

My handovers have two lists now: what we have promised, and what they are annoyed about. If the second list is empty I call the customer and ask, before I let myself send it.`,
		replies: [
			{
				by: 'hanne_d',
				daysAgo: 81.7,
				votes: 1,
				body: 'One year in place of three sounds about right to me. How far into it are you?',
			},
		],
	},
	{
		by: 'yuto_n',
		daysAgo: 76,
		votes: 6,
		title: 'Two weeks on the night shift',
		practices: ['sell-with-the-company', 'see-the-whole-job'],
		body: `I sell machining centres. Some years ago a customer bought three from me. They make a bracket for truck seats. I promised a cycle time of 41 seconds, which our application engineers had measured in our showroom.

In their factory it was 41 seconds by day and 46 at night. Nobody could explain it. Their production manager asked me, since I was the one who had said the number. I answered that our engineers would analyse. They analysed for three weeks, by telephone, in the daytime.

I asked my section chief if I could go there at night. He said that salesmen do not go on the night shift. Then he said he could not think of the reason, so I should go.

The first nights I was no use. I brought canned coffee and stood in the way. The night team was three men. The oldest, Mr O., did not speak to me until the fourth night, when he asked whether I was being punished.

On the sixth night I saw it. The day shift took blanks from a rack on the left of the machine. At night the forklift was in another building, and the blanks came on a hand cart, on the right. So Mr O. walked around the open door of the machine. It is about five seconds. He had mentioned it to his leader one year before, about the previous machine.

I could have written in the report: *cause, customer’s material handling*. It would have been correct and our engineers would have been pleased. But the number I sold had a showroom inside it, where a colleague in clean gloves stands in the ideal position. I had never asked from which side the blanks would come.

We made a small table on a hinge for the right side. The workshop at our factory built it from scrap for the price of a dinner, which I paid. Mr O. decided the height. It is 42 seconds at night.

Since then my quotations include a drawing of where the operator walks. The application engineers laughed at the little footprints. Now they send me the drawing before I ask. Last year a competitor’s quotation had footprints too.`,
		replies: [
			{
				by: 'samu_t',
				daysAgo: 75.1,
				votes: 4,
				body: '“He asked whether I was being punished.” I laughed out loud on a train full of Finns. That was its own punishment.',
			},
		],
	},
];
