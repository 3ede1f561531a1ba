/** Control: a bare Fastify that runs statements on a pool and sends the rows of the one that has the most. */
import Fastify from 'fastify';
import pg from 'pg';
import { serve } from '../processes.ts';
import type { Statement } from '../statements.ts';

export type RowsOptions = {
	url: string;
	path: string;
	connections: number;
	statements: Statement[];
};

serve({
	async open({ url, path, connections, statements }: RowsOptions) {
		const pool = new pg.Pool({ connectionString: url, max: connections });
		const app = Fastify();
		app.get(path, async () => {
			let longest: unknown[] = [];
			for (const { text, values } of statements) {
				const { rows } = await pool.query(text, values);
				if (rows.length > longest.length) longest = rows;
			}
			return longest;
		});
		return app.listen({ host: '127.0.0.1', port: 0 });
	},
});
