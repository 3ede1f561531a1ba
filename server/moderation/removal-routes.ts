import { Type } from 'typebox';
import type { App } from '../app.ts';
import { ImageParams } from '../images/schema.ts';
import { problems } from '../openapi.ts';
import { listOf } from '../schema.ts';
import {
	deleteImageRemoval,
	deleteProfileRemoval,
	listRemovals,
	setImageRemoval,
	setProfileRemoval,
} from './removals.ts';
import { MemberRemoval, ProfileRemovalParams, Reason } from './schema.ts';

const tags = ['moderation'];
const refusals = problems(404, 422);

/** What moderators take away short of a whole post: a picture, or a member's name, headline or picture. */
export function registerRemovalRoutes(app: App): void {
	const { context } = app;
	const ofProfile = '/api/members/:handle/removals/:part';
	const ofImage = '/api/images/:id/removal';

	app.get(
		'/api/me/removals',
		{
			config: { for: 'member' },
			schema: {
				summary:
					'List what moderators took away of one’s own profile and posts, at most 100, with the reasons',
				tags: ['accounts'],
				response: { 200: listOf(MemberRemoval) },
			},
		},
		async (request) => ({
			items: await listRemovals(context.db, request.actor.id),
			next: null,
		}),
	);

	app.put(
		ofProfile,
		{
			config: { for: 'moderator', audit: 'profile.removed' },
			schema: {
				summary: 'Hide a member’s name, headline or picture with a reason (moderators)',
				tags,
				params: ProfileRemovalParams,
				body: Reason,
				response: { 200: MemberRemoval, ...refusals, ...problems(409) },
			},
		},
		async (request, reply) => {
			const { params, body } = request;
			const values = { ...params, reason: body.reason };
			return reply.answer(200, await setProfileRemoval(request.context, request.actor, values));
		},
	);

	app.delete(
		ofProfile,
		{
			config: { for: 'moderator', audit: 'profile.restored' },
			schema: {
				summary: 'Put a member’s name, headline or picture back (moderators)',
				tags,
				params: ProfileRemovalParams,
				response: { 204: Type.Null(), ...refusals },
			},
		},
		async (request, reply) => {
			await deleteProfileRemoval(request.context, request.actor, request.params);
			return reply.answer(204, null);
		},
	);

	app.put(
		ofImage,
		{
			config: { for: 'moderator', audit: 'image.removed' },
			schema: {
				summary: 'Take a picture out of the posts that show it, with a reason (moderators)',
				tags,
				params: ImageParams,
				body: Reason,
				response: { 200: MemberRemoval, ...refusals },
			},
		},
		async (request, reply) => {
			const values = { imageId: request.params.id, reason: request.body.reason };
			return reply.answer(200, await setImageRemoval(request.context, request.actor, values));
		},
	);

	app.delete(
		ofImage,
		{
			config: { for: 'moderator', audit: 'image.restored' },
			schema: {
				summary: 'Show a picture again (moderators)',
				tags,
				params: ImageParams,
				response: { 204: Type.Null(), ...refusals },
			},
		},
		async (request, reply) => {
			await deleteImageRemoval(request.context, request.actor, request.params.id);
			return reply.answer(204, null);
		},
	);
}
