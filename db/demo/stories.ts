import { stories1 } from './stories-1.ts';
import { stories2 } from './stories-2.ts';
import { stories3 } from './stories-3.ts';
import { stories4 } from './stories-4.ts';
import type { DemoStory } from './types.ts';

/** Eighteen stories. */
export const stories: DemoStory[] = [...stories1, ...stories2, ...stories3, ...stories4];
