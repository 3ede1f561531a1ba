import type { Db, Tx } from '../../db/client.ts';
import { findImages } from '../images/queries.ts';
import { readLoneAddresses } from '../link-previews/addresses.ts';
import { findPreviews } from '../link-previews/queries.ts';
import { readMentions } from '../mentions/markdown.ts';
import { findHandles } from '../mentions/queries.ts';
import { type Known, nothingKnown } from './markdown.ts';
import type { Kind } from './schema.ts';

type Written = { kind: Kind; body: string; accountId: number };

/** Finds what a body refers to: at most one statement each for the members, the previews and its author's pictures. */
export async function findKnown(db: Db | Tx, { kind, body, accountId }: Written): Promise<Known> {
	if (kind === 'definition') return nothingKnown;
	return {
		handles: await findHandles(db, readMentions(body)),
		previews: await findPreviews(db, readLoneAddresses(body)),
		images: await findImages(db, { text: body, accountId }),
	};
}
