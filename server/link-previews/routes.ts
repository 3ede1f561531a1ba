import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { requireMember } from '../requests.ts';
import type { FetchOptions } from './fetch.ts';
import { LinkPreview, PastedAddress } from './schema.ts';
import { createLinkPreviews } from './service.ts';

/** @param fetching differs from what is promised in tests alone */
export function registerLinkPreviewRoutes(app: App, fetching?: FetchOptions): void {
	const { context, limits } = app;
	const previews = createLinkPreviews(context, fetching);

	app.post(
		'/api/link-previews',
		{
			config: { audit: { unwritten: 'it reads' } },
			schema: {
				summary: 'Read what a pasted address says of itself',
				tags: ['link previews'],
				body: PastedAddress,
				response: { 200: LinkPreview, ...problems(401, 403, 422, 429) },
			},
		},
		async (request, reply) => {
			const member = requireMember(request);
			await limits.count('linkPreviewByAccount', member.id);
			return reply.answer(200, await previews.read(member, request.body.url));
		},
	);
}
