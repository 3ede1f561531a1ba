import type { Post, StoryCard } from '../../server/posts/schema.ts';
import { decodeEntities } from '../lib/entities.ts';

/** The first sentences of sanitised HTML as plain text, at most `length` characters. */
function excerptHtml(html: string, length = 240): string {
	const text = decodeEntities(
		html.replace(/<\/?(em|strong|s|a|code|mark)\b[^>]*>/g, '').replace(/<[^>]*>/g, ' '),
	)
		.replace(/\s+/g, ' ')
		.trim();
	const all = [...text];
	if (all.length <= length) return text;
	const cut = all.slice(0, length - 1).join('');
	const words = cut.slice(0, Math.max(cut.lastIndexOf(' '), length / 2));
	return `${words.replace(/[\s,;:.–—-]+$/, '')}…`;
}

/** A story as a list shows it. */
export function toCard(post: Post | StoryCard): StoryCard {
	if ('excerpt' in post) return post;
	const { body: _body, html, ...card } = post;
	return { ...card, excerpt: excerptHtml(html) };
}
