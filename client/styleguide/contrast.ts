/** Paints a colour to learn its sRGB parts, from 0 to 1. */
function readParts(color: string): number[] {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = 1;
	const context = canvas.getContext('2d')!;
	context.fillStyle = color;
	context.fillRect(0, 0, 1, 1);
	return Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3), (part) => part / 255);
}

/** Relative luminance as WCAG 2.2 defines it. */
function readLuminance(color: string): number {
	const [red, green, blue] = readParts(color).map((part) =>
		part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
	) as [number, number, number];
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of an element's text with its own background, from 1 to 21. */
export function readContrast(element: Element): number {
	const { color, backgroundColor } = getComputedStyle(element);
	const [low, high] = [color, backgroundColor].map(readLuminance).sort((a, b) => a - b) as [
		number,
		number,
	];
	return (high + 0.05) / (low + 0.05);
}
