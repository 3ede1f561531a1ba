import { alternate, type Bench } from '../bench.ts';
import type { RowsOptions } from '../controls/rows.ts';
import { openHttpSide } from '../http.ts';
import type { Load } from '../load.ts';
import { startWorker } from '../processes.ts';
import { openListeningApp, type Statement } from '../statements.ts';

const connections = 32;
const poolSize = 16;

export const apiList: Bench = {
	name: 'api-list',
	about: 'the list of answers as JSON, signed in',
	async run(options) {
		const stage = await options.openStage();
		const { rows } = await stage.pool.query<{ slug: string }>(
			'select slug from threads where id = 1',
		);
		const path = `/api/threads/${rows[0]!.slug}/posts`;
		const members = await stage.join(connections);
		const statements = await collectStatements(
			stage.databaseUrl,
			`${path}?sort=top`,
			members[0]!.cookie,
		);
		const control = startWorker('controls/rows.ts');
		options.defer(control.close);
		const controlUrl = await control.ask<string>('open', {
			url: stage.databaseUrl,
			path,
			connections: poolSize,
			statements,
		} satisfies RowsOptions);
		const loadAt = (url: string): Load => ({
			url,
			status: 200,
			connections: members.map(({ cookie }) => ({
				headers: { cookie },
				requests: [{ method: 'GET', path: `${path}?sort=top` }],
			})),
		});
		const { server } = stage;
		const [project, bare] = await alternate(
			[
				await openHttpSide(options, { name: 'project', pid: server.pid, load: loadAt(server.url) }),
				await openHttpSide(options, { name: 'rows', pid: control.pid, load: loadAt(controlUrl) }),
			],
			options,
			options.report,
		);
		return [
			{
				name: 'api-list',
				unit: '/s',
				project: project!,
				control: bare!,
				controlName: 'bare Fastify and pg, the same SQL',
				compare: 'ratio',
				target: { atLeast: 0.8 },
				notes: [
					`${connections} members on as many connections, GET ${path}?sort=top, not compressed`,
					`the control has ${poolSize} connections, runs the ${statements.length} statements that the list takes while nothing of it is kept, and sends the rows of the longest`,
					'the project keeps the rows until the thread’s next event and asks for the member’s own part alone',
				],
			},
		];
	},
};

/** What the project asks the database for an answer while it keeps nothing of it but the session. */
async function collectStatements(url: string, path: string, cookie: string): Promise<Statement[]> {
	const site = await openListeningApp(url);
	try {
		await site.ask(path, cookie);
		site.app.context.readings.clear();
		const { statements } = await site.ask(path, cookie);
		if (statements.length === 0) throw new Error(`${path} asked the database nothing.`);
		return statements;
	} finally {
		await site.close();
	}
}
