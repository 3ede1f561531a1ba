import { mount } from 'svelte';
import SignOutDialog, { type Unsent } from './SignOutDialog.svelte';

let dialog: { ask(unsent: Unsent): Promise<boolean> } | undefined;

/** Whether a member signs out although words are lost by it. */
export function ask(unsent: Unsent): Promise<boolean> {
	dialog ??= mount(SignOutDialog, { target: document.body });
	return dialog.ask(unsent);
}
