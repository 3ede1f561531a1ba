/** Control: a bare Fastify that answers buffers: the very bytes and headers of another server's answers. */
import Fastify from 'fastify';
import { serve } from '../processes.ts';

export type StoredAnswer = {
	methods: string[];
	/** may have parameters, such as `/posts/:id` */
	path: string;
	/** the `content-encoding` it is for; null for a client that takes none */
	encoding: string | null;
	headers: Record<string, string>;
	body: Uint8Array;
};

serve({
	async open(answers: StoredAnswer[]) {
		const app = Fastify();
		for (const [path, own] of Map.groupBy(answers, ({ path }) => path)) {
			const stored = own.map(({ body, ...rest }) => ({ ...rest, body: Buffer.from(body) }));
			app.route({
				method: own[0]!.methods,
				url: path,
				handler(request, reply) {
					const accepted = request.headers['accept-encoding'] ?? '';
					const answer =
						stored.find(({ encoding }) => encoding !== null && accepted.includes(encoding)) ??
						stored[0]!;
					return reply.headers(answer.headers).send(answer.body);
				},
			});
		}
		return app.listen({ host: '127.0.0.1', port: 0 });
	},
});
