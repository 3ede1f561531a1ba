import { join } from 'node:path';
import { constants } from 'node:zlib';
import fastifyCompress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
	type FastifyBaseLogger,
	type FastifyInstance,
	type FastifyLoggerOptions,
	LogController,
	type RawReplyDefaultExpression,
	type RawRequestDefaultExpression,
	type RawServerDefault,
} from 'fastify';
import type { Database } from '../db/client.ts';
import { addressKey } from './addresses.ts';
import { auditRefusal, registerAudit } from './audit/requests.ts';
import { type Audit, createAudit } from './audit/service.ts';
import { registerAccountPages } from './accounts/pages.ts';
import { registerAccountRoutes } from './accounts/routes.ts';
import { createSessions, type Sessions } from './accounts/sessions.ts';
import { registerSessions } from './accounts/sign-in.ts';
import { registerAvatarRoutes } from './avatars/routes.ts';
import { type BodyTime, registerBodyTime } from './body-time.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { answerUnreadable, registerPipelining } from './connections.ts';
import type { Caches } from './cursor-cache.ts';
import type { Development } from './development.ts';
import { registerDraftRoutes } from './drafts/routes.ts';
import { handleError, Malformed, NotFound } from './errors.ts';
import { registerFeatureRoutes } from './features/routes.ts';
import { malformedAddress, registerForms, routeAddress } from './forms.ts';
import { isWrite, registerGuards } from './guards.ts';
import { forDocuments, registerSecurityHeaders } from './headers.ts';
import { registerHealthRoutes } from './health.ts';
import { createEncoder } from './images/encoding.ts';
import { registerImageRoutes } from './images/routes.ts';
import { ImageStates } from './images/states.ts';
import { createImageStorage } from './images/storage.ts';
import { Uploads } from './images/uploads.ts';
import type { Bus } from './live/bus.ts';
import { createLive, type Intervals } from './live/live.ts';
import type { FetchOptions } from './link-previews/fetch.ts';
import { answerLocation } from './location.ts';
import { registerLinkPreviewRoutes } from './link-previews/routes.ts';
import { liveAddress, registerLiveRoutes } from './live/routes.ts';
import { registerMemberPages } from './members/pages.ts';
import { registerMemberRoutes } from './members/routes.ts';
import { registerRemovalRoutes } from './moderation/removal-routes.ts';
import { registerModerationRoutes } from './moderation/routes.ts';
import { registerOfflinePages } from './offline/pages.ts';
import { registerOfflineRoutes } from './offline/routes.ts';
import { registerOpenApi } from './openapi.ts';
import { registerOrigins, requireOwnOrigin } from './origins.ts';
import { createPageCache } from './page-cache.ts';
import { registerPageRequests } from './page-request.ts';
import { registerOwnPageCache, registerPageCache, registerPages } from './pages.ts';
import { registerPostPages } from './posts/pages.ts';
import { Readings } from './posts/readings.ts';
import { RenderingTime } from './posts/rendering-time.ts';
import { registerPostRoutes } from './posts/routes.ts';
import { readTrust, registerProxyWarning } from './proxies.ts';
import { addressLimitOf, createRateLimits, type RateLimits } from './rate-limits.ts';
import type { Renderer } from './renderer.ts';
import { registerReplyRoutes } from './replies/routes.ts';
import { createReplies } from './replies/service.ts';
import { createRequestIds, serializers } from './request-log.ts';
import { requireCleanText, requireShallow } from './requests.ts';
import { buildSerializer } from './serialization.ts';
import { registerSharingRoutes } from './sharing/routes.ts';
import { registerThreadPages } from './threads/pages.ts';
import { registerThreadRoutes } from './threads/routes.ts';
import { registerUpvoteRoutes } from './upvotes/routes.ts';
import { createUpvotes } from './upvotes/service.ts';
import { createValidatorCompiler } from './validation.ts';

declare module 'fastify' {
	interface FastifyInstance {
		config: Config;
		context: Context;
		sessions: Sessions;
		limits: RateLimits;
		audit: Audit;
		/** Asks whoever sends requests to send the next ones elsewhere: the server is about to close. */
		leave(): void;
		/** whether it is */
		isLeaving: boolean;
	}
}

export type App = FastifyInstance<
	RawServerDefault,
	RawRequestDefaultExpression,
	RawReplyDefaultExpression,
	FastifyBaseLogger,
	TypeBoxTypeProvider
>;

export type AppOptions = {
	config: Config;
	database: Database;
	renderer: Renderer;
	/** serves the client's sources in place of its build */
	development?: Development;
	/** connects this server with the others of its installation; closed with the app */
	bus: Bus;
	/** how often the live parts look for what the bus has lost */
	intervals?: Intervals;
	/** what is made once and used again; `on` unless given */
	caches?: Caches;
	/** where link previews may be fetched from, and how fast; the public web unless given */
	fetching?: FetchOptions;
	/** how slowly bodies may arrive */
	bodyTime?: BodyTime;
	logger?: Pick<FastifyLoggerOptions, 'level' | 'stream'> | false;
};

// not imported: that would read all that Node has of HTTP at the start
const { maxHeaderSize } = process.getBuiltinModule('node:http');

/** Largest body: 20,000 characters of four bytes each, as a form encodes them, and the other fields. */
const bodyLimit = 262_144;

/** The whole site without a port: the features in order. Closing it closes the sockets, not the database. */
export async function buildApp(options: AppOptions): Promise<App> {
	const { config, database, renderer, caches } = options;
	const app: App = Fastify<RawServerDefault>({
		logger: options.logger !== false && { level: config.logLevel, serializers, ...options.logger },
		genReqId: createRequestIds(),
		trustProxy: readTrust(config),
		bodyLimit,
		// Node has one time for a whole request, however large: registerBodyTime watches bodies
		requestTimeout: 0,
		// what still arrives while it closes is answered like any other
		return503OnClosing: false,
		logController: new LogController({ disableRequestLogging: true }),
		// a logger for each request would cost more than answering from memory: who logs says what for
		childLoggerFactory: (logger) => logger,
		rewriteUrl: routeAddress,
		// other protocols that a client offers, such as HTTP/2, are not taken up
		http: {
			headersTimeout: 30_000,
			shouldUpgradeCallback: ({ url }) => url?.split('?', 1)[0] === liveAddress,
		},
		clientErrorHandler: (error, socket) => answerUnreadable(error, socket, app.log),
		forceCloseConnections: 'idle',
		// what is too long finds nothing, by its route's schema
		routerOptions: { maxParamLength: maxHeaderSize },
		schemaController: { compilersFactory: { buildSerializer } },
	}).withTypeProvider<TypeBoxTypeProvider>();
	const secure = config.origin?.startsWith('https:') ?? false;
	const { db, pool } = database;
	const sessions = createSessions(db, { secure, caches });
	const audit = createAudit(app.log);
	const { live, presence, sockets, ...liveParts } = createLive({
		db,
		log: app.log,
		bus: options.bus,
		intervals: options.intervals,
		readActiveSessions: sessions.readActive,
		onEnd({ session }) {
			sessions.forget();
			if (session !== undefined) return;
			live.forget();
			readings.clear();
			imageStates.forget();
			pageCache.clear();
			ownPageCache.clear();
		},
		onLocate: (id) => answerLocation(app, id),
		rateLimit: config.rateLimit,
		onLimit: (what, { account, address }) =>
			audit.refuse({ event: 'limit.reached', what }, { actor: account, address, reqId: null }),
	});
	const readings = new Readings({ db, live, caches });
	app.decorate('config', config);
	app.decorate('audit', audit);
	const encoder = createEncoder();
	const imageStates = new ImageStates(db);
	app.decorate('context', {
		db,
		live,
		presence,
		sockets,
		changed: sockets.changed,
		upvotes: createUpvotes({ pool, live }),
		replies: createReplies({ db, live }),
		readings,
		renderingTime: new RenderingTime({ limited: config.rateLimit }),
		storage: createImageStorage(config),
		encoder,
		uploads: new Uploads(),
		imageStates,
	});
	app.decorate('sessions', sessions);
	app.decorate('limits', createRateLimits({ pool, enabled: config.rateLimit }));
	app.decorate('isLeaving', false);
	app.decorate('leave', () => {
		app.isLeaving = true;
	});
	app.addHook('preClose', async () => {
		app.leave();
		sockets.close();
	});
	app.addHook('onRequest', (_request, { raw }, done) => {
		if (app.isLeaving) raw.shouldKeepAlive = false;
		done();
	});
	app.addHook('onSend', (request, reply, _payload, done) => {
		if (request.pageRequest.setsCookie) reply.header('cache-control', 'private, no-store');
		else if (!reply.hasHeader('cache-control')) {
			reply.header('cache-control', request.headers.cookie ? 'private, no-store' : 'no-cache');
			reply.header('vary', [reply.getHeader('vary'), 'Cookie'].filter(Boolean).join(', '));
		}
		done();
	});
	app.addHook('onClose', () => liveParts.close());
	app.addHook('onClose', async () => encoder.close());
	if (['debug', 'trace'].includes(config.logLevel))
		app.addHook('onResponse', async (request, reply) => {
			const { elapsedTime: responseTime } = reply;
			request.log.debug({ reqId: request.id, req: request, res: reply, responseTime }, 'Answered');
		});

	app.setErrorHandler((error, request, reply) => {
		auditRefusal(audit, error, request);
		return handleError(error, request, reply);
	});
	app.setNotFoundHandler((request, reply) => handleError(new NotFound(), request, reply));
	app.removeContentTypeParser('text/plain');
	const parseJson = app.getDefaultJsonParser('error', 'error');
	app.removeContentTypeParser('application/json');
	app.addContentTypeParser<string>(
		'application/json',
		{ parseAs: 'string' },
		(request, text, done) =>
			// some clients say so of every request
			text === '' && !request.routeOptions.schema?.body
				? done(null, undefined)
				: parseJson(request, text, done),
	);
	app.setValidatorCompiler(createValidatorCompiler());

	registerAudit(app, audit);
	registerPipelining(app);
	registerPageRequests(app);
	registerOrigins(app);
	registerProxyWarning(app, config);
	const pageCache = createPageCache(live, caches);
	const ownPageCache = createPageCache(live, caches);
	registerPageCache(app, pageCache);
	await registerSecurityHeaders(app, {
		secure,
		subdomains: config.hstsSubdomains,
		strict: !options.development,
		scripts: renderer.inlineScripts,
	});
	await app.register(fastifyCompress, {
		threshold: 1024,
		encodings: ['br', 'gzip'],
		brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
	});
	if (options.development) await options.development.serveSources(app);
	if (renderer.clientFolder)
		await app.register(fastifyStatic, {
			root: join(renderer.clientFolder, 'assets'),
			prefix: '/assets/',
			preCompressed: true,
			decorateReply: false,
			immutable: true,
			maxAge: '365d',
			// a file that never changes is never asked for again
			etag: false,
			lastModified: false,
			acceptRanges: false,
			index: false,
			setHeaders(reply) {
				for (const name of forDocuments) {
					reply.removeHeader(name);
					reply.raw.removeHeader(name);
				}
			},
		});
	await app.register(fastifyWebsocket, {
		options: { maxPayload: 4096, perMessageDeflate: false },
		errorHandler: (error, socket) => sockets.fail(socket, error),
	});

	registerBodyTime(app, options.bodyTime);
	registerForms(app);
	app.addHook('onRequest', async (request) => {
		const limit = addressLimitOf(request.routeOptions.config);
		if (limit) await app.limits.count(limit, addressKey(request.ip));
		if (isWrite(request.method)) requireOwnOrigin(request, config.origin);
	});
	registerSessions(app);
	registerOwnPageCache(app, ownPageCache);
	registerPages(app, renderer);
	await registerOpenApi(app);
	app.addHook('preValidation', ({ body }, _reply, done) => {
		requireShallow(body);
		done();
	});
	app.addHook('preHandler', ({ body, params, query }, _reply, done) => {
		requireCleanText(body);
		requireCleanText(params);
		requireCleanText(query);
		done();
	});

	const nothing = { unwritten: 'it is refused' };
	registerGuards(app);
	app.all(
		malformedAddress,
		{ config: { for: 'reader', audit: nothing }, schema: { hide: true } },
		() => {
			throw new Malformed(
				'This address cannot be read: a “%” in it is not followed by two digits.',
			);
		},
	);
	registerHealthRoutes(app, database);
	registerAccountRoutes(app);
	registerThreadRoutes(app);
	registerPostRoutes(app);
	registerReplyRoutes(app);
	registerUpvoteRoutes(app);
	registerFeatureRoutes(app);
	registerModerationRoutes(app);
	registerRemovalRoutes(app);
	registerMemberRoutes(app);
	registerLinkPreviewRoutes(app, options.fetching);
	registerImageRoutes(app);
	registerAvatarRoutes(app);
	registerDraftRoutes(app);
	registerLiveRoutes(app);
	registerSharingRoutes(app, caches);
	registerOfflineRoutes(app, renderer);

	registerThreadPages(app);
	registerPostPages(app);
	registerMemberPages(app);
	registerAccountPages(app);
	registerOfflinePages(app);
	options.development?.registerPages(app);
	return app;
}
