-- Lists and quotes stand on the side where their words begin, in what was written before as in what is written now: as server/posts/directions.ts has it.
UPDATE "posts" SET "html" = regexp_replace(
	regexp_replace("html", '<(ul|ol( start="\d+")?|blockquote) dir="\w+">', '<\1>', 'g'),
	'<(ul|ol(?: start="\d+")?|blockquote)>((?:<(?!/(?:ul|ol|blockquote)>)[^<>]*>|&\w+;|(?![&<>])[\u0001-@[-`{-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ufe0f\U0001f000-\U0001faff])*)',
	'<\1 dir="auto">\2', 'g')
WHERE "html" ~ '[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]' AND "html" ~ '<(ul|ol|blockquote)';--> statement-breakpoint
UPDATE "revisions" SET "html" = regexp_replace(
	regexp_replace("html", '<(ul|ol( start="\d+")?|blockquote) dir="\w+">', '<\1>', 'g'),
	'<(ul|ol(?: start="\d+")?|blockquote)>((?:<(?!/(?:ul|ol|blockquote)>)[^<>]*>|&\w+;|(?![&<>])[\u0001-@[-`{-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ufe0f\U0001f000-\U0001faff])*)',
	'<\1 dir="auto">\2', 'g')
WHERE "html" ~ '[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]' AND "html" ~ '<(ul|ol|blockquote)';--> statement-breakpoint
UPDATE "threads" SET "introduction_html" = regexp_replace(
	regexp_replace("introduction_html", '<(ul|ol( start="\d+")?|blockquote) dir="\w+">', '<\1>', 'g'),
	'<(ul|ol(?: start="\d+")?|blockquote)>((?:<(?!/(?:ul|ol|blockquote)>)[^<>]*>|&\w+;|(?![&<>])[\u0001-@[-`{-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ufe0f\U0001f000-\U0001faff])*)',
	'<\1 dir="auto">\2', 'g')
WHERE "introduction_html" ~ '[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]' AND "introduction_html" ~ '<(ul|ol|blockquote)';
