/** Whose drafts they are: an account's own, or those of whoever writes here without one. */
export type Owner = number | null;

/** Under which name this device keeps a draft. */
export const nameDraft = (key: string, owner: Owner): string => `draft:${owner ?? ''}:${key}`;
