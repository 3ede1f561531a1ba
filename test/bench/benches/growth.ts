import { alternate, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { openHttpSide } from '../http.ts';
import { openStage, type Stage } from '../stage.ts';

const small = { posts: 10_000, upvotes: 100_000 };
const large = { posts: 1_000_000, upvotes: 10_000_000 };
/** Few enough that an answer's time is its own, and not that of others before it. */
const connections = 2;

export const growth: Bench = {
	name: 'growth',
	about: 'pages of 1,000,000 posts and 10,000,000 upvotes against those of 10,000',
	onlyNamed: true,
	async run(options) {
		const sites = [];
		for (const size of [large, small]) sites.push(await openSite(options, size));
		const rows: Row[] = [];
		for (const [index, { name }] of sites[0]!.pages.entries()) {
			const sides = await Promise.all(
				sites.map((site) => openLatencySide(options, site, site.pages[index]!.path)),
			);
			const [project, control] = await alternate(sides, options, options.report);
			rows.push({
				name: `growth ${name}`,
				unit: 'ms',
				project: project!,
				control: control!,
				controlName: `the same with ${small.posts} posts`,
				compare: 'ratio',
				target: { atMost: 1.3 },
				notes: [
					`p50 on ${connections} connections, signed in: ${sites.map(({ pages }) => pages[index]!.path).join(' and ')}`,
				],
			});
		}
		return rows;
	},
};

type Site = { name: string; stage: Stage; cookie: string; pages: { name: string; path: string }[] };

async function openSite(
	{ defer, report }: BenchOptions,
	size: { posts: number; upvotes: number },
): Promise<Site> {
	const stage = await openStage(size, report);
	defer(stage.close);
	const [member] = await stage.join(1);
	const { rows } = await stage.pool.query<{ id: number; slug: string }>(
		`select posts.id, slug from posts join threads on threads.id = thread_id join scores on post_id = posts.id
		where scores.reply_count >= 1000 and depth = 0 order by scores.reply_count limit 1`,
	);
	const { id, slug } = rows[0]!;
	const pages = [
		{ name: '/', path: '/' },
		{ name: 'list', path: `/api/threads/${slug}/posts?sort=top` },
		{
			name: 'list, second page',
			path: await findNext(stage, `/api/threads/${slug}/posts?sort=best`),
		},
		{ name: 'search', path: '/search?q=customer' },
		{ name: 'post with 1,000 replies', path: `/posts/${id}` },
	];
	const { cookie } = member!;
	const isThere = async ({ path }: { path: string }) =>
		(await fetch(stage.server.url + path, { headers: { cookie } })).ok;
	const found = [];
	for (const page of pages) if (await isThere(page)) found.push(page);
	return { name: `${size.posts} posts`, stage, cookie, pages: found };
}

async function findNext({ server }: Stage, path: string): Promise<string> {
	const { next } = (await (await fetch(server.url + path)).json()) as { next: string };
	return `${path}&cursor=${next}`;
}

async function openLatencySide(
	options: BenchOptions,
	{ name, stage: { server }, cookie }: Site,
	path: string,
) {
	const load = {
		url: server.url,
		status: 200,
		connections: Array.from({ length: connections }, () => ({
			headers: { cookie },
			requests: [{ method: 'GET', path }],
		})),
	};
	const side = await openHttpSide(options, { name, pid: server.pid, load });
	return {
		name,
		async measure(seconds: number) {
			const { p50 } = await side.measure(seconds);
			return { value: p50! };
		},
	};
}
