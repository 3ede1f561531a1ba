/** “revised once”, “revised twice”, “revised 3 times” */
export const describeRevisions = (count: number): string =>
	`revised ${count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`}`;
