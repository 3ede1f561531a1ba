import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Subnet = [Address, number];

/** `[2001:db8::1]:443`, `203.0.113.7:443`: some proxies name the port of the connection as well. */
const withPort = /^(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/;
/** `255.255.255.255` in IPv6, mapped, with its zone left out. */
const maxLength = 45;

/**
 * Reads an address as a socket or a proxy writes it. IPv4 that is mapped into IPv6 is IPv4; a zone is of no account.
 *
 * @returns null for whatever else
 */
function parseAddress(text: string | undefined): Address | null {
	if (text === undefined || text.length > 2 * maxLength) return null;
	const [, bracketed, dotted] = withPort.exec(text) ?? [];
	const bare = (bracketed ?? dotted ?? text).split('%', 1)[0]!;
	if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
	return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : null;
}

/**
 * Reads an address, or a subnet such as `10.0.0.0/8` that is not everything.
 *
 * @returns null for whatever else
 */
export function parseSubnet(text: string): Subnet | null {
	const [, bare, length] = /^([^/]+?)(?:\/([1-9][0-9]{0,2}))?$/.exec(text.trim()) ?? [];
	const address = parseAddress(bare);
	if (!address) return null;
	const mapped = address.kind() === 'ipv4' && bare!.includes(':') ? 96 : 0;
	const most = address.kind() === 'ipv4' ? 32 : 128;
	const bits = length === undefined ? most : Number(length) - mapped;
	return bits > 0 && bits <= most ? [address, bits] : null;
}

/**
 * Whose `X-Forwarded-*` headers count.
 *
 * @param proxies how many proxies are in front of the server, or their addresses and subnets, separated by commas
 * @returns tells of an address, and how many there are between it and the server, whether it is such a proxy's
 */
export function createTrust(
	proxies: number | string,
): (address: string | undefined, hop: number) => boolean {
	if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
	const subnets = proxies.split(',').map((part) => parseSubnet(part)!);
	return (text) => {
		const address = parseAddress(text);
		return (
			address !== null &&
			subnets.some(
				([subnet, bits]) => subnet.kind() === address.kind() && address.match(subnet, bits),
			)
		);
	};
}

/**
 * What an address counts as: an IPv4 address by itself, the /64 that one IPv6 subscriber has; all that are none, or
 * whose sender is gone, are one.
 */
export function addressKey(text: string | undefined): string {
	const address = parseAddress(text);
	if (!address) return 'unknown';
	return address.kind() === 'ipv4' ? address.toString() : nameSubnet(address as ipaddr.IPv6, 64);
}

/** The /48 that a key of {@link addressKey} lies in, which may be one subscriber's as well; null for whatever else. */
export function siteKey(key: string): string | null {
	const [, start = ''] = /^(.+)\/64$/.exec(key) ?? [];
	return ipaddr.IPv6.isValid(start) ? nameSubnet(ipaddr.IPv6.parse(start), 48) : null;
}

function nameSubnet({ parts }: ipaddr.IPv6, bits: 48 | 64): string {
	const kept = parts.map((part, index) => (index < bits / 16 ? part : 0));
	return `${new ipaddr.IPv6(kept).toRFC5952String()}/${bits}`;
}
