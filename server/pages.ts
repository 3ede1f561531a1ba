import { randomUUID } from 'node:crypto';
import type { Page } from '@inertiajs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageName, PageProps } from '../client/pages.ts';
import type { App } from './app.ts';
import type { Refusal } from './errors.ts';
import { threadTopic } from './live/queries.ts';
import { readOrigin } from './origins.ts';
import {
	encodePage,
	type KeptPage,
	type PageCache,
	type PageClaim,
	sendKeptPage,
	setCaching,
	timeSending,
	toKeptPage,
} from './page-cache.ts';
import type { PageKey } from './page-request.ts';
import { isolate } from './posts/directions.ts';
import type { Renderer } from './renderer.ts';
import type { Meta, SharedProps } from './schema.ts';
import { type StructuredData, writeStructuredData } from './sharing/structured-data.ts';
import type { Thread } from './threads/schema.ts';

declare module 'fastify' {
	interface FastifyReply {
		/** Answers with a page: HTML to a browser, the page object to an Inertia visit. */
		page<Name extends PageName>(
			name: Name,
			props: PageProps<Name>,
			options?: PageOptions,
		): Promise<FastifyReply>;
		/** Answers with the page that says what went wrong. */
		renderError(refusal: Refusal): Promise<FastifyReply>;
	}
	interface FastifyContextConfig {
		/** a page of one thread, the same for all readers without a session */
		isKept?: boolean;
	}
	interface FastifyRequest {
		/** where its page is to be kept for other readers */
		pageClaim: PageClaim | null;
		/** What a page tells of itself; `path` is its canonical one. */
		describePage(description: PageDescription): Meta;
	}
}

export type PageDescription = {
	title?: string;
	description: string;
	path: string;
	/** `path` is that of an image of 1200 × 630 pixels; that of the site unless given */
	image?: { path: string; alt: string };
} & Pick<Partial<Meta>, 'type' | 'article' | 'isHidden'>;

/** `describe` tells search engines what is on the page: in whole documents for readers without a session. */
type PageOptions = { describe?: (origin: string) => StructuredData | null };

const siteName = 'Weigh-In';
const siteImage = {
	path: '/image.png',
	alt: 'A question, and the people who put their names to an answer.',
};

/** Answers readers without a session from memory, before anything else is done for their request. */
export function registerPageCache(app: App, cache: PageCache): void {
	let closing = false;
	app.addHook('preClose', async () => {
		closing = true;
	});
	app.decorateRequest('pageClaim', null);
	app.addHook('onSend', (request, _reply, _payload, done) => {
		void request.pageClaim?.end(null);
		done();
	});
	app.addHook('onRequest', (request, reply, done) => {
		if (closing || !request.routeOptions.config.isKept) return done();
		const { key } = request.pageRequest;
		if (!key) return done();
		const kept = cache.get(key);
		if (kept) sendKeptPage(reply, kept);
		else void answerMade(reply, key, done);
	});

	async function answerMade(reply: FastifyReply, key: PageKey, done: () => void): Promise<void> {
		const made = await claimPage(cache, reply, key);
		if (made) sendKeptPage(reply, made);
		else if (!reply.raw.closed) done();
	}
}

/** Answers members with the page that they were shown before, while it is still what the database has. */
export function registerOwnPageCache(app: App, cache: PageCache): void {
	app.addHook('preValidation', async (request, reply) => {
		const { key, member } = request.pageRequest;
		if (!key || !member || !request.routeOptions.config.isKept) return;
		const kept = (await cache.confirm(key)) ?? (await claimPage(cache, reply, key));
		if (kept) return sendKeptPage(reply, kept);
	});
}

/** Waits for a page that is being rendered; else its claim is with the request, until its answer has gone out. */
async function claimPage(
	cache: PageCache,
	reply: FastifyReply,
	key: PageKey,
): Promise<KeptPage | null> {
	const claim = await cache.claim(key);
	if (claim && 'value' in claim) return claim.value;
	if (claim && reply.raw.closed) await claim.end(null);
	else {
		reply.request.pageClaim = claim;
		reply.raw.once('close', () => void claim?.end(null));
	}
	return null;
}

/**
 * Pages by the Inertia protocol (version 3): the first visit gets a rendered document, later visits the page
 * object, of which a partial reload asks for some props only.
 */
export function registerPages(app: App, renderer: Renderer): void {
	app.decorateRequest(
		'describePage',
		function (this: FastifyRequest, { title, path, image = siteImage, ...described }) {
			const origin = readOrigin(this, app.config.origin);
			return {
				type: 'website',
				...described,
				title: title ? `${isolate(title)} · ${siteName}` : siteName,
				canonical: origin + path,
				image: { url: origin + image.path, alt: image.alt },
			};
		},
	);

	app.decorateReply('page', function (this: FastifyReply, name, props, options) {
		return sendPage(this, renderer, {
			...options,
			name,
			props,
			status: this.request.failedForm?.status ?? 200,
		});
	});

	app.decorateReply('renderError', function (this: FastifyReply, refusal) {
		const { status, title, message: detail } = refusal;
		const described = { title, description: detail, path: '/', isHidden: true };
		const meta = this.request.describePage(described);
		return sendPage(this, renderer, {
			name: 'ErrorPage',
			props: { meta, status, title, detail } satisfies PageProps<'ErrorPage'>,
			status,
		});
	});
}

type Sent = PageOptions & { name: PageName; props: object; status: number };

async function sendPage(
	reply: FastifyReply,
	renderer: Renderer,
	{ name, props, status, describe }: Sent,
): Promise<FastifyReply> {
	const { request } = reply;
	const { pageRequest, pageClaim } = request;
	const { kind, member } = pageRequest;
	setCaching(reply, pageRequest);
	const version = await renderer.readVersion();
	if (pageRequest.isOutdated(version))
		return reply
			.code(409)
			.headers({ 'x-inertia-location': request.url, 'x-inertia-version': version })
			.send();
	const shared: SharedProps = {
		me: member,
		form: request.failedForm?.form ?? null,
		formKey: member ? randomUUID() : null,
		keptAt: null,
	};
	const page = {
		component: name,
		props: { ...pageRequest.pickProps(name, props), ...shared, errors: {} },
		url: pageRequest.url,
		version,
		flash: {},
		rescuedProps: [],
		rememberedState: {},
	} satisfies Page;
	reply.code(status);
	const isVisit = kind === 'visit';
	if (isVisit) reply.header('x-inertia', 'true').type('application/json');
	else reply.type('text/html; charset=utf-8');
	const isFound = !isVisit && !member;
	const described = isFound ? describe?.(readOrigin(request, request.server.config.origin)) : null;
	const head = described ? writeStructuredData(described) : '';
	const body = isVisit ? JSON.stringify(page) : await renderer.renderDocument(page, head);
	const { thread } = props as { thread?: Thread };
	const kept = pageClaim && thread && status === 200 && toKeptPage(reply, pageRequest, body);
	if (!kept) return reply.header(...timeSending()).send(encodePage(reply, body));
	const { key } = kept;
	const made = { key, topic: threadTopic(thread.id), cursor: thread.liveCursor, value: kept };
	await pageClaim.end(made);
	return sendKeptPage(reply, kept);
}
