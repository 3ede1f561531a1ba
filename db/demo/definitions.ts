import { definitions1 } from './definitions-1.ts';
import { definitions2 } from './definitions-2.ts';
import { definitions3 } from './definitions-3.ts';
import { definitions4 } from './definitions-4.ts';
import type { DemoDefinition } from './types.ts';

/** Twenty-four definitions, one a member. */
export const definitions: DemoDefinition[] = [
	...definitions1,
	...definitions2,
	...definitions3,
	...definitions4,
];
