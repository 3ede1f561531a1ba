import { escapeHtml, excerptText, readText } from './markdown.ts';

/**
 * Has each table of our own sanitised HTML scroll by itself where it is wider than its column: around it comes a group
 * that keys reach, named by the table’s first row.
 */
export function frameTables(html: string): string {
	return html.replace(/<table>(.*?)<\/table>/gs, (table, rows: string) => {
		const [head = ''] = rows.split('</tr>', 1);
		const cells = head.split('</th>').map(readText).filter(Boolean);
		const name = cells.length > 0 ? `Table: ${excerptText(cells.join(', '), 80)}` : 'Table';
		return `<div class="table" role="group" tabindex="0" aria-label="${escapeHtml(name)}">${table}</div>`;
	});
}
