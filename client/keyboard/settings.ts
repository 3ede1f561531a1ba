import { readItem, writeItem } from '../lib/storage.ts';

const SETTING = 'keys';

/** Whether keys without a modifier do something on this device (WCAG 2.1.4). */
export const areKeysOn = (): boolean => readItem(SETTING) !== 'off';

/** Returns whether the device keeps that, see {@link writeItem}. */
export const turnKeys = (on: boolean): boolean => writeItem(SETTING, on ? null : 'off');
