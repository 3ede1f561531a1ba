import type { Upload, Uploads } from './uploads.svelte.ts';

type Attributes = Record<string, unknown>;

/** What a picture in the editor shows of its place in the document. */
export class PictureState {
	src: string | null = $state(null);
	alt: string = $state('');
	width: number | null = $state(null);
	height: number | null = $state(null);
	upload: Upload | null = $state.raw(null);
	isSelected: boolean = $state(false);

	readonly #uploads: Uploads;

	constructor(attributes: Attributes, uploads: Uploads) {
		this.#uploads = uploads;
		this.take(attributes);
	}

	take({ src, alt, width, height, upload }: Attributes): void {
		this.src = (src as string | null) ?? null;
		this.alt = (alt as string | null) ?? '';
		this.width = (width as number | null) ?? null;
		this.height = (height as number | null) ?? null;
		this.upload = typeof upload === 'string' ? (this.#uploads.find(upload) ?? null) : null;
	}
}
