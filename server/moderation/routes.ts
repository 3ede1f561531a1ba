import { Type } from 'typebox';
import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { IdParams } from '../schema.ts';
import { SlugParams } from '../threads/schema.ts';
import {
	HandleParams,
	MemberRole,
	PostRemoval,
	Reason,
	RoleChange,
	Suspension,
	ThreadLock,
} from './schema.ts';
import { changeRole, deleteRemoval, setLock, setRemoval, setSuspension } from './service.ts';

const tags = ['moderation'];
const refusals = problems(404, 422);

export function registerModerationRoutes(app: App): void {
	const removal = '/api/posts/:id/removal';
	const lock = '/api/threads/:slug/lock';
	const suspension = '/api/members/:handle/suspension';

	app.put(
		removal,
		{
			config: { for: 'moderator', audit: 'post.removed' },
			schema: {
				summary: 'Remove a post with a reason (moderators)',
				tags,
				params: IdParams,
				body: Reason,
				response: {
					200: PostRemoval,
					...refusals,
				},
			},
		},
		async (request, reply) => {
			const { params, body } = request;
			const values = { postId: params.id, reason: body.reason };
			const removal = await setRemoval(request.context, request.actor, values);
			return reply.answer(200, { postId: params.id, removal });
		},
	);

	app.delete(
		removal,
		{
			config: { for: 'moderator', audit: 'post.restored' },
			schema: {
				summary: 'Restore a removed post (moderators)',
				tags,
				params: IdParams,
				response: {
					204: Type.Null(),
					...refusals,
				},
			},
		},
		async (request, reply) => {
			await deleteRemoval(request.context, request.actor, request.params.id);
			return reply.answer(204, null);
		},
	);

	app.put(
		lock,
		{
			config: { for: 'moderator', audit: 'thread.locked' },
			schema: {
				summary: 'Lock a thread (moderators)',
				tags,
				params: SlugParams,
				response: {
					200: ThreadLock,
					...refusals,
				},
			},
		},
		async (request, reply) => {
			const { slug } = request.params;
			const lockedAt = await setLock(request.context, request.actor, {
				slug,
				locked: true,
			});
			return reply.answer(200, { slug, lockedAt });
		},
	);

	app.delete(
		lock,
		{
			config: { for: 'moderator', audit: 'thread.unlocked' },
			schema: {
				summary: 'Unlock a thread (moderators)',
				tags,
				params: SlugParams,
				response: {
					204: Type.Null(),
					...refusals,
				},
			},
		},
		async (request, reply) => {
			const { slug } = request.params;
			await setLock(request.context, request.actor, { slug, locked: false });
			return reply.answer(204, null);
		},
	);

	app.put(
		suspension,
		{
			config: { for: 'moderator', audit: 'account.suspended' },
			schema: {
				summary: 'Suspend a member with a reason (moderators)',
				tags,
				params: HandleParams,
				body: Reason,
				response: {
					200: Suspension,
					...refusals,
				},
			},
		},
		async (request, reply) => {
			const values = { handle: request.params.handle, reason: request.body.reason };
			return reply.answer(200, await setSuspension(request.context, request.actor, values));
		},
	);

	app.delete(
		suspension,
		{
			config: { for: 'moderator', audit: 'account.unsuspended' },
			schema: {
				summary: 'End a suspension (moderators)',
				tags,
				params: HandleParams,
				response: {
					204: Type.Null(),
					...refusals,
				},
			},
		},
		async (request, reply) => {
			const values = { handle: request.params.handle, reason: null };
			await setSuspension(request.context, request.actor, values);
			return reply.answer(204, null);
		},
	);

	app.put(
		'/api/members/:handle/role',
		{
			config: { for: 'host', audit: 'role.given' },
			schema: {
				summary: 'Name a member, moderator or host (host)',
				tags,
				params: HandleParams,
				body: RoleChange,
				response: {
					200: MemberRole,
					...refusals,
					...problems(409),
				},
			},
		},
		async (request, reply) => {
			const values = { handle: request.params.handle, role: request.body.role };
			return reply.answer(200, await changeRole(request.context, request.actor, values));
		},
	);
}
