import type { DemoDefinition } from './types.ts';

/** Definitions three to six. */
export const definitions2: DemoDefinition[] = [
	{
		by: 'aissatou_f',
		daysAgo: 150,
		votes: 22,
		body: 'I stand in the theatre when they open the box. If the tray is one reamer short, “the warehouse packed it” is a sentence I don’t get to say in that room.',
		replies: [
			{
				by: 'yuto_n',
				daysAgo: 149.3,
				votes: 0,
				body: 'Do you check the tray the evening before?',
				replies: [
					{
						by: 'aissatou_f',
						daysAgo: 148.9,
						votes: 5,
						body: 'Every one. I used to check the hips and trust the knees. You can guess which it was.',
					},
				],
			},
			{
				by: 'fatima_ch',
				daysAgo: 147.5,
				votes: 2,
				body: 'But then why does the warehouse count it at all? If you re-check everything, what they learn is that you re-check everything.',
				replies: [
					{
						by: 'aissatou_f',
						daysAgo: 147.1,
						votes: 4,
						body: 'I know. I argue with myself about it on the motorway. What I do is send them a photo each time I find something. No comment, only the photo. For the first months I got a thumbs-up back, which made me want to drive there. Then one Thursday somebody sent me a photo, of a tray *they* had opened again on their own account, with the missing screwdriver lying next to it. It was weekly before that. Now it’s about once a month.',
						replies: [
							{
								by: 'fatima_ch',
								daysAgo: 146.8,
								votes: 0,
								body: 'Better than I feared. I would still like to see the day you stop checking.',
							},
							{
								by: 'wes_ops',
								daysAgo: 146.2,
								votes: 1,
								body: 'Keep the dates on those photos. That’s a dataset.',
							},
						],
					},
				],
			},
			{
				by: 'samu_t',
				daysAgo: 141,
				votes: 1,
				body: 'The surgeon probably doesn’t know there is a warehouse. My customers don’t know we have a billing team either, they think I do it in the evenings.',
			},
			{
				by: 'piet_h',
				daysAgo: 139.8,
				votes: 3,
				body: 'I have never sold anything to somebody who was asleep on a table and reading this I am grateful.',
				replies: [
					{
						by: 'ingunn_p',
						daysAgo: 139.1,
						votes: 5,
						body: 'I sell radar. They’re awake, and they shout.',
					},
				],
			},
		],
	},
	{
		by: 'wes_ops',
		daysAgo: 118,
		votes: 21,
		body: 'One name in the owner field. Last June we had 340 open deals with a co-owner and they closed at 11%, against 19% for the rest. I don’t think the co-owners were lazy. I think each of them had a good reason to believe the other one had called.',
		replies: [
			{
				by: 'gretchen_l',
				daysAgo: 117.6,
				votes: 3,
				body: 'Difficult deals get two people. You are measuring difficulty.',
				replies: [
					{
						by: 'wes_ops',
						daysAgo: 117.1,
						votes: 4,
						body: 'Fair hit. I split it by size and segment this morning and the gap shrinks: 14% against 19%. Smaller, still there. I have no field for “everybody already had a bad feeling about it”.',
						replies: [
							{
								by: 'gretchen_l',
								daysAgo: 116.9,
								votes: 2,
								body: 'Then write 14 in the definition.',
								replies: [
									{
										by: 'wes_ops',
										daysAgo: 116.5,
										votes: 7,
										body: 'I’d rather leave mine standing with your correction under it, so people can watch me be off by three.',
									},
								],
							},
						],
					},
				],
			},
			{
				by: 'raf_m',
				daysAgo: 114,
				votes: 2,
				body: 'Ours are co-owned because of the split. Take the second name out and somebody loses 40% of the commission. Good luck in that meeting.',
				replies: [
					{
						by: 'wes_ops',
						daysAgo: 113.6,
						votes: 2,
						body: 'Put the split in the comp tool and keep one name on the record. Two fields. It took a day to set up and five weeks to agree.',
					},
				],
			},
			{
				by: 'shona_mcq',
				daysAgo: 112.2,
				votes: 10,
				body: 'Two folk each bringing the tent. I’ve been on that holiday.',
			},
			{ by: 'hanne_d', daysAgo: 109, votes: 0, body: 'Can the customer see who the one name is?' },
		],
	},
	{
		by: 'teo_v',
		daysAgo: 176,
		votes: 20,
		body: 'The roof leaks in year three, they still have my number, and it still works.',
		replies: [
			{
				by: 'bex_o',
				daysAgo: 175.4,
				votes: 1,
				body: 'Three years on and you’re still taking leak calls, on commission? Who pays you for that?',
				replies: [
					{
						by: 'teo_v',
						daysAgo: 175,
						votes: 6,
						body: 'Nobody. The neighbours, if you want. Eleven of my last forty came from people whose roof I went back to.',
						replies: [
							{
								by: 'bex_o',
								daysAgo: 174.8,
								votes: 3,
								body: 'So it pays. Call it business development and stop being modest.',
								replies: [
									{
										by: 'teo_v',
										daysAgo: 174.1,
										votes: 4,
										body: 'I tried doing it for that reason. People can smell it. They made me coffee but they didn’t send anyone.',
									},
								],
							},
						],
					},
				],
			},
			{
				by: 'dwayne_p',
				daysAgo: 172,
				votes: 2,
				body: 'Changed my number once, in ’09. Different town, different lot. I think about who might’ve called.',
			},
			{
				by: 'sunil_pathare',
				daysAgo: 170.3,
				votes: 0,
				body: 'Where is the installer in this? He made the hole.',
				replies: [
					{
						by: 'teo_v',
						daysAgo: 169.9,
						votes: 9,
						body: 'In Italy now. I have his number also. It doesn’t work.',
					},
				],
			},
		],
	},
	{
		by: 'shona_mcq',
		daysAgo: 21,
		votes: 18,
		body: 'Driving back to the pub with the right keg. Two and a half hours each way, on a Saturday, with the football on. Nobody claps.',
		replies: [
			{
				by: 'wes_ops',
				daysAgo: 20.6,
				votes: 1,
				body: 'Five hours for a keg. What does the keg make?',
				replies: [
					{
						by: 'shona_mcq',
						daysAgo: 20.3,
						votes: 4,
						body: 'About forty quid. The account makes nine grand a year and the landlord has a brother with two hotels.',
						replies: [
							{
								by: 'wes_ops',
								daysAgo: 20.2,
								votes: 0,
								body: 'Right, so the arithmetic’s fine. I’d still like to know who loaded the wrong one.',
								replies: [
									{ by: 'shona_mcq', daysAgo: 20.1, votes: 13, body: 'Me, Wesley. It was me.' },
								],
							},
						],
					},
				],
			},
			{
				by: 'fatima_ch',
				daysAgo: 19.4,
				votes: 2,
				body: 'I admire it and I would forbid it. I had a man like this in Tangier. Every partner loved him, he carried spare power supplies in his own car, and when he left we found out that six resellers had never once used our returns process, because they had him. It took me a year to teach them the form. A rep who is on the road every Saturday is looking for another job by spring, and he takes the map with him.',
			},
			{
				by: 'grant_tewhata',
				daysAgo: 18.2,
				votes: 1,
				body: 'Did it with a trailer of posts. Missed a christening. Still hear about it.',
			},
		],
	},
];
