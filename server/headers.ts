import fastifyHelmet from '@fastify/helmet';
import type { FastifyReply } from 'fastify';
import type { App } from './app.ts';

/** Headers that mean nothing on a script, a style sheet or a font, and would be a good part of a small one. */
export const forDocuments = [
	'content-security-policy',
	'cross-origin-opener-policy',
	'origin-agent-cluster',
	'permissions-policy',
	'referrer-policy',
	'x-dns-prefetch-control',
	'x-download-options',
	'x-frame-options',
	'x-permitted-cross-domain-policies',
	'x-xss-protection',
];

/** What no page of this site asks a browser for, and nothing that got into one may: W3C Permissions Policy. */
const permissionsPolicy = [
	'accelerometer',
	'browsing-topics',
	'camera',
	'display-capture',
	'geolocation',
	'gyroscope',
	'magnetometer',
	'microphone',
	'midi',
	'payment',
	'usb',
]
	.map((feature) => `${feature}=()`)
	.join(', ');

type Security = {
	secure: boolean;
	/** whether HTTPS is asked for on all subdomains as well */
	subdomains: boolean;
	strict: boolean;
	/** the hashes of scripts that stand in documents */
	scripts: string[];
};

/** Sets the same headers on all answers: what Helmet makes of the first one is kept for the others. */
export async function registerSecurityHeaders(app: App, security: Security): Promise<void> {
	await app.register(fastifyHelmet, { ...securityHeaders(security), global: false });
	let headers: ReturnType<FastifyReply['getHeaders']> | undefined;
	app.addHook('onRequest', (_request, reply, done) => {
		if (headers) reply.headers(headers);
		else {
			const before = Object.keys(reply.getHeaders());
			reply.helmet();
			reply.header('permissions-policy', permissionsPolicy);
			headers = { ...reply.getHeaders() };
			for (const name of before) delete headers[name];
		}
		done();
	});
}

function securityHeaders({ secure, subdomains, strict, scripts }: Security) {
	const self = ["'self'"];
	return {
		contentSecurityPolicy: strict && {
			useDefaults: false,
			directives: {
				defaultSrc: self,
				baseUri: ["'none'"],
				formAction: self,
				frameAncestors: ["'none'"],
				imgSrc: ["'self'", 'data:'],
				manifestSrc: self,
				objectSrc: ["'none'"],
				scriptSrc: [...self, ...scripts],
				styleSrc: self,
				styleSrcAttr: ["'unsafe-inline'"],
				workerSrc: self,
			},
		},
		strictTransportSecurity: secure && { maxAge: 31_536_000, includeSubDomains: subdomains },
		referrerPolicy: { policy: 'strict-origin-when-cross-origin' as const },
	};
}
