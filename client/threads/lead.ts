/** How a definition begins, by thread. */
export const leads = { ownership: 'Ownership means', sentence: 'In a sentence:' };
export type Lead = keyof typeof leads;

export const leadOf = (slug: string): Lead => (slug === 'ownership' ? 'ownership' : 'sentence');
