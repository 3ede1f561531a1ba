declare module 'commonmark-spec' {
	const specification: { tests: { number: number; markdown: string; html: string }[] };
	export default specification;
}
