import type { Me } from './schema.ts';

export const isModerator = (member: Me | null): boolean =>
	member !== null && member.role !== 'member' && member.suspension === null;

export const isHost = (member: Me | null): boolean =>
	member?.role === 'host' && member.suspension === null;
