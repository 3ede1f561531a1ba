import type { Bench } from './bench.ts';
import { fanOut } from './benches/fan-out.ts';
import { growth } from './benches/growth.ts';
import { apiList } from './benches/list.ts';
import { pageSignedIn, pageSignedOut } from './benches/pages.ts';
import { reply } from './benches/reply.ts';
import { socketMemory } from './benches/socket-memory.ts';
import { start } from './benches/start.ts';
import { upvote, upvoteHot } from './benches/upvotes.ts';
import { weight } from './benches/weight.ts';

/** All benches in the order in which they are run: what is only read comes before what is written. */
export const benches: Bench[] = [
	pageSignedOut,
	pageSignedIn,
	apiList,
	weight,
	upvote,
	upvoteHot,
	reply,
	fanOut,
	socketMemory,
	start,
	growth,
];
