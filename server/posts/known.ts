import type { Db, Tx } from '../../db/client.ts';
import { readLoneAddresses } from '../link-previews/addresses.ts';
import { findPreviews } from '../link-previews/queries.ts';
import { readMentions } from '../mentions/markdown.ts';
import { findHandles } from '../mentions/queries.ts';
import { type Known, nothingKnown } from './markdown.ts';
import type { Kind } from './schema.ts';

/** Finds what a body refers to: at most one statement for the members, and one for the previews. */
export async function findKnown(db: Db | Tx, kind: Kind, body: string): Promise<Known> {
	if (kind === 'definition') return nothingKnown;
	return {
		handles: await findHandles(db, readMentions(body)),
		previews: await findPreviews(db, readLoneAddresses(body)),
	};
}
