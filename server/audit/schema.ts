/** What the audit log tells of, by names that stay as they are; docs/operation.md has them in a table. */
export const auditEvents = {
	'access.refused': 'A request was refused',
	'account.changed': 'An account’s settings were changed',
	'account.created': 'An account was opened',
	'account.suspended': 'A member was suspended',
	'account.unsuspended': 'A suspension was ended',
	'avatar.changed': 'A member set their picture',
	'avatar.deleted': 'A member took their picture away',
	'image.created': 'A picture was uploaded',
	'image.removed': 'A picture was taken away',
	'image.restored': 'A picture was put back',
	'limit.reached': 'A limit was met',
	'link.created': 'A link was made',
	'link.refused': 'A link was refused',
	'link.used': 'A link was used',
	'password.changed': 'A password was set',
	'post.created': 'A post was published',
	'post.deleted': 'A post was deleted',
	'post.edited': 'A post was revised',
	'post.featured': 'A post was featured',
	'post.removed': 'A post was removed',
	'post.restored': 'A post was restored',
	'post.unfeatured': 'A feature was taken back',
	'profile.removed': 'A name, headline or picture was hidden',
	'profile.restored': 'A name, headline or picture was put back',
	'role.given': 'A role was given',
	'session.created': 'Somebody signed in',
	'session.ended': 'Somebody signed out',
	'session.refused': 'A sign-in was refused',
	'sessions.ended': 'The sessions of an account were ended',
	'thread.created': 'A thread was opened',
	'thread.locked': 'A thread was locked',
	'thread.unlocked': 'A thread was unlocked',
} as const;

type AuditEvent = keyof typeof auditEvents;
type RefusedEvent = Extract<AuditEvent, `${string}.refused` | 'limit.reached'>;
export type DoneEvent = Exclude<AuditEvent, RefusedEvent>;

export type Subject = { kind: 'account' | 'image' | 'post' | 'thread'; id: number | string };
type Details = Record<string, string | number | boolean | null>;

/** Who does something, and where from: an account, what `addressKey` makes of an address, a request's id. */
export type Origin = { actor: number | null; address: string | null; reqId: string | null };

/** `what` is what was asked for: a limit's name, a link's purpose, or what would have happened. */
export type Refused = { event: RefusedEvent; what?: string; subject?: Subject | null };

export type Line = Origin & {
	event: AuditEvent;
	outcome: 'done' | 'refused';
	subject: Subject | null;
	details?: Details;
};

/**
 * Writes down what was done, after its commit. No details are secret or people's words: no password, token, link,
 * cookie or e-mail address.
 *
 * @param details.actor who did it, where that is not who sent the request
 */
export type AuditDone = (event: DoneEvent, subject: Subject | null, details?: Details) => void;
