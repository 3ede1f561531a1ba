/** A backup cannot be made, read or restored; the message is a sentence for the person who asked for it. */
export class BackupError extends Error {}

/** Raised when the files in a backup come to mean something else. */
export const format = 1;

/**
 * What is in a backup, its last entry. Before it come, in a gzipped tar, the rows of each table as PostgreSQL's COPY
 * writes them, `database/<table>/<part>`, the pictures, `images/<id>.webp`, and other files of the data folder, `files/<name>`.
 */
export type Contents = {
	format: number;
	createdAt: string;
	/** when the last migration of the database was made, in ms since 1970 */
	schema: number;
	tables: Record<string, { columns: string[]; rows: number }>;
	sequences: Record<string, { last: string; isCalled: boolean }>;
	images: number;
	/** pictures whose file was gone */
	missing: number;
	/** the SHA-256 of each entry, in hexadecimal */
	digests: Record<string, string>;
};

export const contentsName = 'contents.json';

const entryName =
	/^(database\/(?<table>[a-z_][a-z0-9_]*)\/\d+|images\/(?<image>[A-Za-z0-9_-]+)\.webp|files\/(?<file>[a-z0-9-]+)|contents\.json)$/;

/** What an entry is, by its name; null if it cannot be in a backup. */
export function parseEntryName(
	name: string,
): { table?: string; image?: string; file?: string } | null {
	return entryName.exec(name)?.groups ?? null;
}

/** Rows in what COPY has written: line feeds within a value are escaped. */
export function countRows(data: Buffer): number {
	let rows = 0;
	for (let at = data.indexOf(10); at !== -1; at = data.indexOf(10, at + 1)) rows++;
	return rows;
}

/** Says what a system error means for a file, in a sentence. */
export function explainFileError(error: unknown, file: string): unknown {
	const { code } = error as NodeJS.ErrnoException;
	const sentences: Record<string, string> = {
		ENOSPC: `The disk of ${file} is full.`,
		EDQUOT: `The disk space that you may use for ${file} is full.`,
		EFBIG: `${file} became larger than its disk allows.`,
		ENOENT: `There is no such file or folder: ${file}.`,
		ENOTDIR: `A part of the path ${file} is a file, not a folder.`,
		EISDIR: `${file} is a folder, not a file.`,
		EACCES: `You may not read or write ${file}.`,
		EPERM: `You may not read or write ${file}.`,
		EROFS: `The disk of ${file} can only be read.`,
		EIO: `The disk of ${file} is broken.`,
	};
	const sentence = code && sentences[code];
	return sentence ? new BackupError(sentence, { cause: error }) : error;
}
