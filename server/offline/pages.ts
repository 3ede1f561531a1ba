import type { App } from '../app.ts';

/** The page that stands in for those that are not on a device. */
export function registerOfflinePages(app: App): void {
	app.get('/offline', (request, reply) => {
		const title = 'Not on this device';
		const detail = 'There is no connection to the site, and this page was not visited here before.';
		const described = { title, description: detail, path: '/offline', isHidden: true };
		const meta = request.describePage(described);
		return reply.page('ErrorPage', { meta, status: 0, title, detail });
	});
}
