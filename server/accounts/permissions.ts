import { Forbidden, Suspended } from '../errors.ts';
import type { Me } from './schema.ts';

/** @throws {Forbidden} if the member is suspended */
export function requireActive(member: Me): void {
	if (member.suspension) throw new Suspended();
}

export const isModerator = (member: Me | null): boolean =>
	member !== null && member.role !== 'member' && member.suspension === null;

/** @throws {Forbidden} unless the member is a moderator or the host, and not suspended */
export function requireModerator(member: Me): void {
	requireActive(member);
	if (!isModerator(member)) throw new Forbidden('Only moderators do this.');
}

export const isHost = (member: Me | null): boolean =>
	member?.role === 'host' && member.suspension === null;

/** @throws {Forbidden} unless the member is the host, and not suspended */
export function requireHost(member: Me, detail: string): void {
	requireActive(member);
	if (!isHost(member)) throw new Forbidden(detail);
}
