export { Draft } from '../lib/draft.svelte.ts';
export { default as DraftOther } from './DraftOther.svelte';
