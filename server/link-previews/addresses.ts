import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a connection would go; `address` is an IP address. */
export type Target = { address: string; port: number };

const longest = 2000;

/** A web address as it is kept: in its normal spelling, without its fragment; null for any other text. */
export function normalizeAddress(text: string): string | null {
	const url = URL.parse(text);
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return null;
	url.hash = '';
	return url.href.length <= longest ? url.href : null;
}

/** The addresses that stand alone on a line of a text, in their normal spelling. */
export function readLoneAddresses(source: string): string[] {
	const lines = source.matchAll(/^ {0,3}<?(https?:\/\/[^\s<>]+)>? *$/gim);
	return [...new Set([...lines].flatMap(([, text]) => normalizeAddress(text!) ?? []))];
}

/** The port a web address leads to, and its host where that is an IP address. */
export function readTarget({ protocol, port, hostname }: URL): { port: number; address?: string } {
	const host = hostname.replace(/^\[(.*)\]$/, '$1');
	return {
		port: Number(port || (protocol === 'https:' ? 443 : 80)),
		address: isIP(host) ? host : undefined,
	};
}

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether a target is the public web: port 80 or 443 of an address that is neither private, loopback,
 * link-local, multicast nor reserved in any other way. An IPv4 address mapped into IPv6 counts as itself.
 */
export function isPublic({ address, port }: Target): boolean {
	if ((port !== 80 && port !== 443) || !ipaddr.isValid(address)) return false;
	const ip = ipaddr.process(address);
	if (ip.range() !== 'unicast') return false;
	return ip.kind() === 'ipv4' || ip.match(globalUnicast);
}
