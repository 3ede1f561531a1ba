const scripts = new Map<string, Promise<unknown>>();
let failures = 0;

/** An import as a build writes it; a script that holds several modules has each as a part. */
const written = /import\((["'`])(.+?)\1\)(?:\.then\((\w+)=>\3\.(\w+)\))?/;

/**
 * Loads what `load` imports. A script that fails once stays missing under its address as long as the document is there
 * (Firefox keeps the failure, as the HTML standard has it), so it is asked for again, now and with each later call,
 * under another one, which server and worker take for the same. Under which it came is kept, so that there is one of it.
 *
 * @param load a function that is an `import()` of one script and nothing else: its source tells the address
 */
export function lazy<T>(load: () => Promise<T>): Promise<T> {
	const [source, , file, , part] = written.exec(String(load)) ?? [];
	if (!import.meta.env.PROD || !source) return load();
	let script = scripts.get(source) as Promise<T> | undefined;
	if (!script) {
		script = load().catch(async () => {
			const address = `${new URL(file!, import.meta.url)}?${++failures}`;
			const loaded = await import(/* @vite-ignore */ address);
			return part ? loaded[part] : loaded;
		});
		scripts.set(source, script);
		script.catch(() => scripts.delete(source));
	}
	return script;
}
