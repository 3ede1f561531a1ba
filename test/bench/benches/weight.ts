import type { Bench, Row } from '../bench.ts';
import { openBrowser, visit } from '../../support/browser.ts';

/** How long the page may load more after it went quiet, in ms. */
const rest = 2_000;

export const weight: Bench = {
	name: 'weight',
	about: 'what the first visit to / loads',
	async run({ openStage, defer }) {
		const stage = await openStage();
		const browser = await openBrowser();
		defer(() => browser.close());
		const bytes = await weigh(browser, stage.server.url);
		const sum = (kinds: string[]) => kinds.reduce((all, kind) => all + (bytes.get(kind) ?? 0), 0);
		const parts = [...bytes].map(([kind, size]) => `${kind} ${(size / 1000).toFixed(1)} kB`);
		const common = {
			unit: 'kB',
			control: [],
			controlName: 'nothing',
			compare: 'value',
		} as const satisfies Partial<Row>;
		return [
			{
				...common,
				name: 'weight',
				project: [{ value: sum([...bytes.keys()]) / 1000 }],
				target: { atMost: 180 },
				notes: [
					`over the wire into an empty cache, heads included, as Chromium counts: ${parts.join(', ')}`,
				],
			},
			{
				...common,
				name: 'weight of JS',
				project: [{ value: sum(['Script']) / 1000 }],
				target: { atMost: 60 },
				notes: [],
			},
		];
	},
};

/** Bytes by kind of resource, of a visit with a phone's width and nothing kept. */
async function weigh(
	browser: Awaited<ReturnType<typeof openBrowser>>,
	url: string,
): Promise<Map<string, number>> {
	const visitor = await visit(browser, url, { width: 390 });
	const session = await visitor.page.context().newCDPSession(visitor.page);
	const kinds = new Map<string, string>();
	const bytes = new Map<string, number>();
	session.on('Network.responseReceived', ({ requestId, type, response }) =>
		kinds.set(requestId, response.url.endsWith('.js') ? 'Script' : type),
	);
	session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		const kind = kinds.get(requestId) ?? 'Other';
		bytes.set(kind, (bytes.get(kind) ?? 0) + encodedDataLength);
	});
	await session.send('Network.enable');
	await visitor.page.goto('/', { waitUntil: 'networkidle' });
	await visitor.page.waitForTimeout(rest);
	await visitor.close();
	return bytes;
}
