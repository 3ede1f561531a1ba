import { Type } from 'typebox';
import { requireActive } from '../accounts/permissions.ts';
import { Me } from '../accounts/schema.ts';
import type { App } from '../app.ts';
import { readUpload, registerUploads } from '../images/upload.ts';
import { problems } from '../openapi.ts';
import { requireMember } from '../requests.ts';
import { deleteAvatar, setAvatar } from './service.ts';

export function registerAvatarRoutes(app: App): void {
	const { context, limits } = app;

	registerUploads(app, (app) => {
		app.put(
			'/api/me/avatar',
			{
				config: { takesFile: true, audit: 'avatar.changed' },
				schema: {
					summary: 'Set one’s own picture',
					tags: ['accounts'],
					response: {
						200: Me,
						...problems(401, 403, 413, 415, 422, 429, 503, 507),
					},
				},
			},
			async (request, reply) => {
				const member = requireMember(request);
				request.form.from = `/members/${member.handle}`;
				requireActive(member);
				await limits.count('writeByAccount', member.id);
				const me = await context.uploads.hold(
					{ accountId: member.id, ip: request.ip },
					async () => {
						await limits.count('uploadByAccount', member.id);
						return setAvatar(request.context, member, await readUpload(request));
					},
				);
				return reply.answer(200, me);
			},
		);
	});

	app.delete(
		'/api/me/avatar',
		{
			config: { audit: 'avatar.deleted' },
			schema: {
				summary: 'Take one’s own picture away',
				tags: ['accounts'],
				response: { 204: Type.Null(), ...problems(401, 403, 429) },
			},
		},
		async (request, reply) => {
			const member = requireMember(request);
			requireActive(member);
			await limits.count('writeByAccount', member.id);
			await deleteAvatar(request.context, member);
			return reply.answer(204, null);
		},
	);
}
