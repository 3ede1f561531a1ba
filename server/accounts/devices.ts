import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credentials, SessionCookie } from './sessions.ts';

/** How long a device is known, in ms: browsers keep no cookie for much longer. */
const knownMs = 365 * 86_400_000;

/** The cookie goes to where one signs in and nowhere else. */
export const deviceCookieName = (secure: boolean) => (secure ? '__Secure-device' : 'device');

/** Keyed with the hash of the password, so that no device is known any more once that is another. */
const sign = ({ id, passwordHash }: Credentials, device: string, at: string) =>
	createHmac('sha256', passwordHash).update(`device ${id} ${device} ${at}`).digest();

/**
 * Marks a browser as one on which this account has signed in (OWASP, “Slow Down Online Guessing Attacks with Device
 * Cookies”): others who guess at the account do not keep it out.
 *
 * @param cookie what the browser is known by already, to stay so
 */
export function createDeviceCookie(
	account: Credentials,
	{ secure, cookie }: { secure: boolean; cookie: string | undefined },
): SessionCookie {
	const device = readDevice(account, cookie) ?? randomBytes(12).toString('base64url');
	const at = Date.now().toString(36);
	const value = `${device}.${at}.${sign(account, device, at).toString('base64url')}`;
	return {
		name: deviceCookieName(secure),
		value,
		attributes: {
			httpOnly: true,
			secure,
			sameSite: 'lax',
			path: '/api/session',
			maxAge: knownMs / 1000,
		},
	};
}

/** What a browser is known by to this account; null where it is not. */
export function readDevice(account: Credentials, cookie: string | undefined): string | null {
	const [device, at, signature, ...rest] = cookie?.slice(0, 200).split('.') ?? [];
	if (!device || !at || !signature || rest.length > 0) return null;
	const given = Buffer.from(signature, 'base64url');
	const right = sign(account, device, at);
	if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
	return Date.now() - Number.parseInt(at, 36) < knownMs ? device : null;
}
