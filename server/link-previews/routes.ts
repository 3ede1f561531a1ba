import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import type { FetchOptions } from './fetch.ts';
import { LinkPreview, PastedAddress } from './schema.ts';
import { createLinkPreviews } from './service.ts';

/** @param fetching differs from what is promised in tests alone */
export function registerLinkPreviewRoutes(app: App, fetching?: FetchOptions): void {
	const previews = createLinkPreviews(app.context, fetching);

	app.post(
		'/api/link-previews',
		{
			config: { limit: 'linkPreviewByAccount', audit: { unwritten: 'it reads' } },
			schema: {
				summary: 'Read what a pasted address says of itself',
				tags: ['link previews'],
				body: PastedAddress,
				response: { 200: LinkPreview, ...problems(422) },
			},
		},
		async (request, reply) => {
			return reply.answer(200, await previews.read(request.actor, request.body.url));
		},
	);
}
