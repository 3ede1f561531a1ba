import type { App } from '../../server/app.ts';

/** Every route that is registered, as `PUT /api/posts/:id/upvote`; those for HEAD and OPTIONS come with the others. */
export function listRoutes(app: App): string[] {
	const path: string[] = [];
	const routes: string[] = [];
	for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
		const found = /^([│ ]*)[└├]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
		if (!found) continue;
		const depth = found[1]!.length / 4;
		path.splice(depth, Infinity, found[2]!);
		const url = path.join('').replace(/^\/(?=\/)/, '');
		for (const method of found[3]?.split(', ') ?? [])
			if (/^(GET|POST|PUT|PATCH|DELETE)$/.test(method)) routes.push(`${method} ${url}`);
	}
	return routes;
}
