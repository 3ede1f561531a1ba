import { derived } from './derived.ts';
import { live } from './live.ts';
import { reading } from './reading.ts';
import { requests } from './requests.ts';
import type { Row } from './row.ts';
import { texts } from './texts.ts';
import { uploads } from './uploads.ts';

/**
 * Every place where what somebody sends makes work. A new one is a row in the file of its subject;
 * `test/bounds.test.ts` finds the routes that have none.
 */
export const rows: Row[] = [...texts, ...reading, ...derived, ...uploads, ...live, ...requests];

/** Routes whose work is bounded in another test, and where. */
export const elsewhere: Record<string, string> = {
	'GET /images/:id.webp': 'test/images.test.ts',
	'PUT /api/password-resets/:token': 'test/accounts.test.ts: one password, as at joining',
};

/** Routes that make the same little work whatever is sent, and why. */
export const constant: Record<string, string> = {
	'GET /': 'a page of definitions, and stories by their first words',
	'GET /*': 'files of the build',
	'GET /threads': 'a page of questions',
	'GET /threads/:slug/stories/new': 'an empty form',
	'GET /threads/:slug/image.png': 'a question, cut to what an image has room for',
	'GET /image.png': 'a fixed image',
	'GET /sign-in': 'an empty form',
	'GET /password-resets/:token': 'an empty form',
	'GET /sign-up': 'a form with one definition',
	'GET /offline': 'a fixed page',
	'GET /robots.txt': 'a fixed text',
	'GET /sitemap.xml': 'an address for every 20,000 posts',
	'GET /sitemaps/threads.xml': '1,000 addresses',
	'GET /sitemaps/posts-:part.xml': '20,000 addresses',
	'GET /manifest.webmanifest': 'a fixed text',
	'GET /service-worker.js': 'a file of the build',
	'GET /favicon.ico': 'a fixed image',
	'GET /icon.svg': 'a fixed image',
	'GET /icon-192.png': 'a fixed image',
	'GET /icon-512.png': 'a fixed image',
	'GET /icon-maskable.png': 'a fixed image',
	'GET /apple-touch-icon.png': 'a fixed image',
	'GET /health/live': 'a fixed answer',
	'GET /health/ready': 'one statement',
	'GET /api/openapi.json': 'a fixed document',
	'GET /api/docs': 'a fixed page',
	'GET /api/docs*': 'files of a package',
	'GET /.well-known/security.txt': 'a fixed text',
	'GET /api/me': 'one account',
	'GET /api/me/removals': 'what was taken away of one account',
	'GET /api/members': 'a page of names',
	'GET /api/threads': 'a page of questions',
	'GET /api/threads/:slug': 'one question',
	'GET /api/drafts': 'the heads of one account’s drafts',
	'GET /api/drafts/:key': 'one draft',
	'DELETE /api/drafts/:key': 'no body',
	'DELETE /api/session': 'no body',
	'DELETE /api/me/avatar': 'no body',
	'DELETE /api/posts/:id': 'no body',
	'DELETE /api/posts/:id/upvote': 'no body',
	'DELETE /api/posts/:id/feature': 'no body',
	'DELETE /api/posts/:id/removal': 'no body',
	'DELETE /api/threads/:slug/lock': 'no body',
	'DELETE /api/images/:id/removal': 'no body',
	'DELETE /api/members/:handle/removals/:part': 'no body',
	'DELETE /api/members/:handle/suspension': 'no body',
};
