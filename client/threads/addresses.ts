import type { Period, Practice, Sort } from '../../server/posts/schema.ts';
import type { ThreadTab } from '../../server/threads/schema.ts';

export type Selection = {
	tab: ThreadTab;
	sort: Sort;
	period: Period;
	practice: Practice | null;
};

const defaults: Record<string, string | null> = { tab: 'all', sort: 'top', period: 'all' };

/** The address of a thread's page at `path`, with only the parameters that differ from the defaults. */
export function threadAddress(
	path: string,
	selection: Partial<Selection> & { cursor?: string },
): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(selection))
		if (value && value !== defaults[name]) query.set(name, value);
	return query.size > 0 ? `${path}?${query}` : path;
}
