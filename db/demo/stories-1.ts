import type { DemoStory } from './types.ts';

/** Stories one to four. */
export const stories1: DemoStory[] = [
	{
		by: 'wes_ops',
		daysAgo: 160,
		votes: 23,
		title: 'The dashboard that made everybody look good',
		practices: ['answer-for-the-outcome', 'make-good-work-better'],
		body: `In my second month I rebuilt the pipeline report. The old one took four minutes to load and people made coffee while it did, so the fast one made me popular, which doesn’t come up a lot in operations.

It also showed more pipeline. About 14% more. I put that down to the old report missing deals, and I said so in a channel with two hundred people in it, with a chart.

Seven months later I was chasing something else, a renewal that appeared twice, and found it appeared twice because my join did that to every deal with two contacts marked as decision makers. It always had. I sat there on a Tuesday with a sandwich and worked out that we’d hired two reps on the strength of my coverage ratio.

### What I nearly did

Fix it on the quiet. The numbers would have dipped, somebody would have blamed the quarter, and the quarter was bad anyway. This was on the table for most of an afternoon. I had the corrected query written and saved.

What stopped me was small. I’d shown the report to one of the new reps on her first day. She had asked if the numbers were good and I’d said “better than the old ones”.

### What I did

I wrote one page before I told anyone, because I talk badly when I’m scared. It had the error in one line, the true figure for each of the seven months, the decisions I knew had leaned on it, and a sentence saying there were probably decisions I didn’t know about. I took it to my boss at nine. She took it to the sales VP at ten without changing a word, which I hadn’t expected.

He asked how long I’d known. Since lunch yesterday, I said. He asked why I hadn’t come yesterday. I said because I’d spent the afternoon thinking about not telling him. He laughed, then he didn’t, and then we went through the list.

We kept both reps. The territory plan was redone. One manager, who’d been told in front of everyone that his coverage was the worst in the region, turned out to have had the fewest duplicate contacts. He’d been right for two quarters. I went and said that to his team, since it was his team that had been shown the chart.

Every report I publish now has a line at the bottom: what I checked it against, and when. It’s dull. Twice so far someone has read that line and told me I’d checked it against the wrong thing, and both times they were right.`,
		feature: {
			by: 'rowan_tallis',
			daysAgo: 153.2,
			note: 'Most of us have had that afternoon and left it out of the telling. He puts it in the middle. I will be asking for that line on every report in my next workshop.',
			highlight: 'I said because I’d spent the afternoon thinking about not telling him.',
		},
		replies: [
			{
				by: 'hanne_d',
				daysAgo: 159.3,
				votes: 1,
				body: 'The manager who was right for two quarters. How was he about it?',
				replies: [
					{
						by: 'wes_ops',
						daysAgo: 159,
						votes: 5,
						body: 'Decent. He said “so I can stop apologising?” and asked for a copy of the page. I’m told it’s framed. I hope that was a joke.',
					},
				],
			},
			{
				by: 'noor_h',
				daysAgo: 157.8,
				votes: 8,
				body: 'I would have fixed it quietly. I’m writing this so it is on record that somebody would.',
				replies: [
					{
						by: 'sunil_pathare',
						daysAgo: 157.2,
						votes: 1,
						body: 'Appreciated. I’d guess half the people reading are in that chair with you.',
						replies: [
							{ by: 'noor_h', daysAgo: 156.9, votes: 2, body: 'They are reading very silently.' },
						],
					},
				],
			},
			{
				by: 'bex_o',
				daysAgo: 155.1,
				votes: 2,
				body: 'They hired two people on one query and nobody checked it for seven months? That page should’ve had some other names on it.',
				replies: [
					{
						by: 'wes_ops',
						daysAgo: 154.6,
						votes: 4,
						body: 'My boss added hers at the bottom, in pen. I’d left that out because it’s hers to tell, but you asked.',
					},
				],
			},
			{
				by: 'yuto_n',
				daysAgo: 151,
				votes: 0,
				body: 'The line at the bottom: how is it worded exactly? I would like to put one on my quotations.',
			},
		],
	},
	{
		by: 'aissatou_f',
		daysAgo: 135,
		votes: 22,
		title: 'Nineteen trays',
		practices: ['see-the-whole-job', 'sell-with-the-company'],
		body: `A hospital group on my patch moved to a new sterilisation unit in the spring. It was in the trade newsletter, one paragraph, and I read it as news about a building.

On the first Monday they had nineteen of our loan trays to turn round, and the new washers wouldn’t take the tall ones. Nobody had measured. Our trays stand 4 cm higher than the rack because of a handle that surgeons like. By eleven o’clock two knees had been cancelled. One of them belonged to a woman who had waited fourteen months and whose sister had flown in to look after her.

I sell implants. Trays are logistics, washers are the hospital’s, the racks belong to whoever makes the washers. I had four people I could ring to say it was them. I did ring one of them, and he was right, it wasn’t him either.

So I drove to the unit and asked the supervisor if I could stand there for a bit. She gave me a gown and a look. I stood from two until her shift ended, and what I saw was this:

- the tall trays were being split by hand into two baskets, and the count sheet was made for one
- the baskets came back with the right number of instruments and the wrong ones together
- nobody down there had ever been shown the operation, so they couldn’t know which pieces must stay with which

On the Tuesday I brought a demo knee, put it on the packing table and did the whole procedure in plastic, twenty minutes, with the evening shift eating their sandwiches round me. One of them, who had packed our trays for six years, said “oh, *that’s* what that’s for”. I had sold that tray for six years. It had never come into my head that he was a user of it.

The fix was dull. Two count sheets, and a lower handle that our engineers already made for another country and that needed a part number in our system. I spent more hours on the part number than on anything else. It’s eight digits, it took five weeks, and I now know the name of everyone in master data, and their birthdays.

It cost me selling time and it showed. My manager wrote “activity below plan” in my review and I signed it, since it was true. The woman with the sister had her knee on the Friday of the second week. I wasn’t told how she is. You usually aren’t.

At every new site I go to the basement now, before I go upstairs.`,
		feature: {
			by: 'brigid_moy',
			daysAgo: 129.4,
			note: 'Six years of selling to the people upstairs. I like that she lets the man in the basement have the best line.',
			highlight: 'It had never come into my head that he was a user of it.',
		},
		replies: [
			{
				by: 'grant_tewhata',
				daysAgo: 134.2,
				votes: 2,
				body: 'Basement first. With farms it’s the shed. Same thing.',
			},
			{
				by: 'bex_o',
				daysAgo: 133.5,
				votes: 3,
				body: `> activity below plan

I’d have refused to sign that.`,
				replies: [
					{
						by: 'aissatou_f',
						daysAgo: 133,
						votes: 5,
						body: 'I thought about it. But activity *was* below plan. I added a sentence underneath about where it had gone, and the year after, the plan had a line for site visits. A small line.',
						replies: [
							{
								by: 'bex_o',
								daysAgo: 132.8,
								votes: 6,
								body: 'OK. That’s better than my version, which ends with me at home on a Wednesday.',
							},
						],
					},
				],
			},
			{
				by: 'samu_t',
				daysAgo: 131,
				votes: 1,
				body: 'Eight digits and five weeks. I have lived this. How did you get it through in the end?',
				replies: [
					{
						by: 'aissatou_f',
						daysAgo: 130.7,
						votes: 4,
						body: 'Cake. I’m serious. And I asked which boxes on the form people always fill in wrong, and filled those in right.',
					},
				],
			},
			{
				by: 'rowan_tallis',
				daysAgo: 128.9,
				votes: 0,
				body: 'Did anyone on your own side tell you the washers were none of your business?',
			},
		],
	},
	{
		by: 'grant_tewhata',
		daysAgo: 224,
		votes: 19,
		title: 'Forty rolls of the wrong wire',
		practices: ['answer-for-the-outcome'],
		body: `Deer farmer up the valley orders forty rolls of netting, 1.9 metre. I write 1.55 because that’s what I’d written for the bloke before him. Truck goes Thursday. He’s got a fencing gang booked Friday, four men and a post driver, at a price that’d make you sit down.

He rings at ten to seven. Doesn’t swear, which is worse.

Nearest forty rolls of 1.9 was two and a half hours off and our truck had gone south with somebody else’s gear. So I hooked up the stock trailer, which isn’t for that, and went. They loaded me twenty because the trailer wouldn’t take forty. Got to him at half one. The gang had been sitting on the tailgate since seven, on his money.

I told him I’d cover their half day. Said it before I’d asked anyone. Went home and told my wife we might be paying four men to sit on a tailgate, and she asked was there a cheaper hobby I’d consider.

Monday I told the branch manager. He went quiet and then asked had I said it to the farmer as the company or as me. Hadn’t thought about it. As me, I said, I suppose. He said that was the bit he minded. It was our wire and our truck, and it was our order form that leaves the last height sitting in the box for the next order. The company paid the gang. He had the form changed too. The height clears itself now and you’ve got to type it every time.

I still see that farmer. He orders with the height said twice, slowly, like I’m deaf. I let him.`,
		replies: [
			{
				by: 'hanne_d',
				daysAgo: 223.1,
				votes: 7,
				body: 'The form. Everyone in these stories ends up at a form.',
				replies: [
					{ by: 'wes_ops', daysAgo: 222.7, votes: 9, body: 'Welcome to my whole working life.' },
				],
			},
			{
				by: 'teo_v',
				daysAgo: 219.4,
				votes: 2,
				body: 'The manager is the interesting one here. Mine would have let you pay, and told the others what a good man you are.',
			},
		],
	},
	{
		by: 'raf_m',
		daysAgo: 14,
		votes: 17,
		title: 'The split was sixty-forty and I was the sixty',
		practices: [],
		body: `Last year we brought in a cold chain customer, fourteen lanes, mostly Manila to Cebu and Davao. I opened it. My colleague, I’ll call him J., closed it while I was on paternity leave. Our rule is that opener and closer share the commission and the manager decides how. He decided sixty for me and forty for J., because I’d had it eight months and he’d had it five weeks.

I thought that was generous to J. He had come in for the dessert.

In March the customer started to complain. Doors open too long at the Cebu depot, one pallet of vaccines refused. I told our manager, “J. is on it, he wrote the service terms.” J. told him, “It’s Raf’s account, it’s sixty-forty.” We said this in separate rooms. Our manager has a sense of humour, so he put us in one room and asked us to say it again.

Then he asked me which sixty per cent of the vaccines I would like.

What came out in that room: when I opened the account I had promised a two-hour dock window, over lunch, and never wrote it down. J. had copied the standard four hours into the contract because nobody told him otherwise. He had asked, too. In week two of my leave he’d sent me a message, “anything I should know?”, and I’d answered with a photo of the baby.

It’s a good photo. I looked at it again in the meeting.

I took the account over whole. I told the customer that the two hours was my word, that the four hours was our paper, and that I would get the paper changed. That took until May and cost us the margin on two lanes. I also moved ten points to J., so it was fifty-fifty, and he said that wasn’t necessary and took it very fast.

I don’t have a rule for you. What I do now, before leave or holidays or anything over three days, is write down what I have *said* to the customer that isn’t on paper. The list is always longer than I expect. The last one had nine things on it, and with two of them I couldn’t remember if I’d said it or only meant to.`,
		replies: [
			{
				by: 'wes_ops',
				daysAgo: 13.6,
				votes: 5,
				body: '“Which sixty per cent of the vaccines” should be printed at the top of every comp plan.',
			},
			{
				by: 'gretchen_l',
				daysAgo: 13.1,
				votes: 0,
				body: 'Why move the ten points? He put four hours in a contract without checking the file.',
				replies: [
					{
						by: 'raf_m',
						daysAgo: 12.8,
						votes: 2,
						body: 'There was nothing in the file. That was me as well.',
						replies: [
							{
								by: 'gretchen_l',
								daysAgo: 12.5,
								votes: 1,
								body: 'Then it is correct. Annoying, but correct.',
							},
						],
					},
				],
			},
			{
				by: 'fatima_ch',
				daysAgo: 10.3,
				votes: 2,
				body: 'I want to know whether J. reads this forum.',
				replies: [
					{
						by: 'raf_m',
						daysAgo: 9.7,
						votes: 10,
						body: 'He does now. He asks me to say that he took it at a normal speed.',
					},
				],
			},
		],
	},
];
