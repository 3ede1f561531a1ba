/** How many characters the server counts of a text: none of the white space around it. */
export const countCharacters = (text: string) => [...text.trim()].length;
