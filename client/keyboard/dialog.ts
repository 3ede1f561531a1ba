import { mount } from 'svelte';
import KeysDialog from './KeysDialog.svelte';

let dialog: { open(): void } | undefined;

export function openDialog(): void {
	dialog ??= mount(KeysDialog, { target: document.body });
	dialog.open();
}
