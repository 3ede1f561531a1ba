import { sql } from 'drizzle-orm';
import {
	type AnyPgColumn,
	bigint,
	boolean,
	check,
	doublePrecision,
	foreignKey,
	index,
	integer,
	jsonb,
	pgTable,
	primaryKey,
	text,
	timestamp,
	unique,
	uniqueIndex,
} from 'drizzle-orm/pg-core';

const id = () => integer().primaryKey().generatedByDefaultAsIdentity();
const time = (column: string) => timestamp(column, { withTimezone: true, precision: 3 });
const createdAt = () => time('created_at').notNull().defaultNow();

/** Someone with a name here. `cursor` counts the events on the account's own topic. */
export const accounts = pgTable(
	'accounts',
	{
		id: id(),
		handle: text().notNull(),
		name: text().notNull(),
		headline: text(),
		email: text().notNull(),
		passwordHash: text('password_hash').notNull(),
		role: text({ enum: ['member', 'moderator', 'host'] })
			.notNull()
			.default('member'),
		avatarId: text('avatar_id').references((): AnyPgColumn => images.id, { onDelete: 'set null' }),
		/** is not counted among the readers nor named while writing */
		hidden: boolean().notNull().default(false),
		cursor: bigint({ mode: 'number' }).notNull().default(0),
		createdAt: createdAt(),
	},
	(t) => [
		uniqueIndex('accounts_handle').on(sql`lower(${t.handle})`),
		uniqueIndex('accounts_email').on(sql`lower(${t.email})`),
		index('accounts_avatar').on(t.avatarId),
		check('accounts_handle_form', sql`${t.handle} ~ '^[A-Za-z0-9_]{3,30}$'`),
		check('accounts_name_length', sql`char_length(${t.name}) between 1 and 80`),
		check('accounts_headline_length', sql`char_length(${t.headline}) between 1 and 80`),
		check('accounts_email_form', sql`${t.email} ~ '^[^@[:space:]]+@[^@[:space:]]+$'`),
		check('accounts_cursor', sql`${t.cursor} >= 0`),
		check('accounts_role', sql`${t.role} in ('member', 'moderator', 'host')`),
	],
);

/** `id` is the SHA-256 of the token in the cookie, in hexadecimal. */
export const sessions = pgTable(
	'sessions',
	{
		id: text().primaryKey(),
		userId: integer('account_id')
			.notNull()
			.references(() => accounts.id, { onDelete: 'cascade' }),
		expiresAt: time('expires_at').notNull(),
	},
	(t) => [
		index('sessions_account').on(t.userId),
		index('sessions_expiry').on(t.expiresAt),
		check('sessions_id_form', sql`${t.id} ~ '^[0-9a-f]{64}$'`),
	],
);

/**
 * What a link that was handed out may do once: make its bearer the host of a site without one, or set an account's
 * password. `id` is the SHA-256 of the token in the link, in hexadecimal.
 */
export const tokens = pgTable(
	'tokens',
	{
		id: text().primaryKey(),
		purpose: text({ enum: ['set-up', 'password'] }).notNull(),
		accountId: integer('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
		expiresAt: time('expires_at').notNull(),
		createdAt: createdAt(),
	},
	(t) => [
		index('tokens_account').on(t.accountId),
		index('tokens_expiry').on(t.expiresAt),
		check('tokens_id_form', sql`${t.id} ~ '^[0-9a-f]{64}$'`),
		check('tokens_purpose', sql`${t.purpose} in ('set-up', 'password')`),
		check('tokens_account_needed', sql`(${t.purpose} = 'set-up') = (${t.accountId} is null)`),
	],
);

/** `moderatorId` is null where whoever runs the installation has suspended the member. */
export const suspensions = pgTable(
	'suspensions',
	{
		accountId: integer('account_id')
			.primaryKey()
			.references(() => accounts.id, { onDelete: 'cascade' }),
		moderatorId: integer('moderator_id').references(() => accounts.id),
		reason: text().notNull(),
		createdAt: createdAt(),
	},
	(t) => [
		check('suspensions_reason_length', sql`char_length(${t.reason}) between 1 and 1000`),
		check('suspensions_not_own', sql`${t.accountId} <> ${t.moderatorId}`),
	],
);

/**
 * A question and its kept counts. `cursor` is the last event's place on the topic `thread:<id>`;
 * it is raised in the transaction that writes the event, so its row lock puts commits in cursor order.
 */
export const threads = pgTable(
	'threads',
	{
		id: id(),
		slug: text().notNull().unique(),
		question: text().notNull(),
		introduction: text().notNull(),
		introductionHtml: text('introduction_html').notNull(),
		hostId: integer('host_id').references(() => accounts.id),
		definitionCount: integer('definition_count').notNull().default(0),
		storyCount: integer('story_count').notNull().default(0),
		replyCount: integer('reply_count').notNull().default(0),
		memberCount: integer('member_count').notNull().default(0),
		cursor: bigint({ mode: 'number' }).notNull().default(0),
		createdAt: createdAt(),
	},
	(t) => [
		check('threads_slug_form', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'`),
		check('threads_slug_length', sql`char_length(${t.slug}) between 1 and 80`),
		check('threads_question_length', sql`char_length(${t.question}) between 3 and 200`),
		check('threads_introduction_length', sql`char_length(${t.introduction}) between 1 and 5000`),
		check(
			'threads_counts',
			sql`${t.cursor} >= 0 and least(${t.definitionCount}, ${t.storyCount}, ${t.replyCount}, ${t.memberCount}) >= 0`,
		),
	],
);

export const locks = pgTable('locks', {
	threadId: integer('thread_id')
		.primaryKey()
		.references(() => threads.id, { onDelete: 'cascade' }),
	moderatorId: integer('moderator_id')
		.notNull()
		.references(() => accounts.id),
	createdAt: createdAt(),
});

/** Who takes part in a thread, with how many visible posts: `threads.member_count` counts these rows. */
export const participants = pgTable(
	'participants',
	{
		threadId: integer('thread_id')
			.notNull()
			.references(() => threads.id, { onDelete: 'cascade' }),
		accountId: integer('account_id')
			.notNull()
			.references(() => accounts.id),
		postCount: integer('post_count').notNull(),
	},
	(t) => [
		primaryKey({ columns: [t.threadId, t.accountId] }),
		check('participants_post_count', sql`${t.postCount} > 0`),
	],
);

/**
 * Definitions, stories and replies. A definition or story is an answer: `answerId` is its own id and
 * `depth` is 0. A reply carries its answer's id and one depth more than its parent.
 * `visible` is false once the post was deleted or removed.
 */
export const posts = pgTable(
	'posts',
	{
		id: id(),
		threadId: integer('thread_id')
			.notNull()
			.references(() => threads.id, { onDelete: 'cascade' }),
		answerId: integer('answer_id').notNull(),
		parentId: integer('parent_id'),
		depth: integer().notNull(),
		kind: text({ enum: ['definition', 'story', 'reply'] }).notNull(),
		authorId: integer('author_id')
			.notNull()
			.references(() => accounts.id),
		title: text(),
		body: text().notNull(),
		html: text().notNull(),
		excerpt: text().notNull().default(''),
		wordCount: integer('word_count').notNull().default(0),
		practices: text().array().notNull().default([]),
		revisionCount: integer('revision_count').notNull().default(0),
		visible: boolean().notNull().default(true),
		createdAt: createdAt(),
		editedAt: time('edited_at'),
		deletedAt: time('deleted_at'),
	},
	(t) => [
		unique('posts_place').on(t.id, t.answerId, t.threadId),
		unique('posts_author').on(t.id, t.authorId),
		unique('posts_thread').on(t.id, t.threadId),
		foreignKey({
			name: 'posts_parent_fk',
			columns: [t.parentId, t.answerId, t.threadId],
			foreignColumns: [t.id, t.answerId, t.threadId] as [AnyPgColumn, AnyPgColumn, AnyPgColumn],
		}),
		foreignKey({
			name: 'posts_answer_fk',
			columns: [t.answerId, t.threadId],
			foreignColumns: [t.id, t.threadId] as [AnyPgColumn, AnyPgColumn],
		}),
		uniqueIndex('posts_one_live_definition')
			.on(t.threadId, t.authorId)
			.where(sql`kind = 'definition' and deleted_at is null`),
		index('posts_new')
			.on(t.threadId, t.kind, t.id.desc().nullsFirst())
			.where(sql`visible and depth = 0`),
		index('posts_period')
			.on(t.threadId, t.kind, t.createdAt)
			.where(sql`visible and depth = 0`),
		index('posts_conversation').on(t.answerId),
		index('posts_parent').on(t.parentId),
		index('posts_member')
			.on(t.authorId, t.id.desc().nullsFirst())
			.where(sql`visible`),
		check('posts_kind', sql`${t.kind} in ('definition', 'story', 'reply')`),
		check('posts_reply_parent', sql`(${t.kind} = 'reply') = (${t.parentId} is not null)`),
		check('posts_reply_answer', sql`(${t.kind} = 'reply') = (${t.answerId} <> ${t.id})`),
		check('posts_reply_depth', sql`(${t.kind} = 'reply') = (${t.depth} > 0) and ${t.depth} >= 0`),
		check('posts_deleted_hidden', sql`${t.deletedAt} is null or not ${t.visible}`),
		check(
			'posts_title',
			sql`case when ${t.deletedAt} is not null or ${t.kind} <> 'story' then ${t.title} is null else char_length(${t.title}) between 3 and 120 end`,
		),
		check(
			'posts_body',
			// a body of few enough bytes need not be unpacked to count its characters
			sql`case when ${t.deletedAt} is not null then ${t.body} = '' and ${t.html} = '' else ${t.body} <> '' and (octet_length(${t.body}) <= case ${t.kind} when 'definition' then 500 when 'story' then 20000 else 5000 end or char_length(${t.body}) <= case ${t.kind} when 'definition' then 500 when 'story' then 20000 else 5000 end) end`,
		),
		check(
			'posts_practices',
			sql`${t.practices} <@ array['see-the-whole-job', 'sell-with-the-company', 'answer-for-the-outcome', 'make-good-work-better'] and (${t.kind} = 'story' or ${t.practices} = '{}')`,
		),
	],
);

/**
 * What votes and replies change of a post, apart from its words and their many indexes. A trigger on `posts` makes each
 * row and keeps its other columns as they are there. `rank` is the age-decayed score of the sort *best*. `replyCount`
 * counts the visible replies at every depth below; it is in no index, as a reply raises that of each post above it.
 */
export const scores = pgTable(
	'scores',
	{
		postId: integer('post_id')
			.primaryKey()
			.references(() => posts.id, { onDelete: 'cascade' }),
		threadId: integer('thread_id').notNull(),
		authorId: integer('author_id').notNull(),
		kind: text({ enum: ['definition', 'story', 'reply'] }).notNull(),
		visible: boolean().notNull(),
		createdAt: time('created_at').notNull(),
		score: integer().notNull().default(0),
		replyCount: integer('reply_count').notNull().default(0),
		rank: doublePrecision()
			.notNull()
			.generatedAlwaysAs(
				sql`log(greatest(score, 1)::double precision) + extract(epoch from (created_at at time zone 'UTC'))::double precision / 604800`,
			),
	},
	(t) => [
		index('scores_top')
			.on(t.threadId, t.kind, t.score.desc().nullsFirst(), t.postId.desc().nullsFirst())
			.where(sql`visible and kind <> 'reply'`),
		index('scores_best')
			.on(t.threadId, t.kind, t.rank.desc().nullsFirst(), t.postId.desc().nullsFirst())
			.where(sql`visible and kind <> 'reply'`),
		check('scores_score', sql`${t.score} >= 0`),
		check('scores_reply_count', sql`${t.replyCount} >= 0`),
	],
);

/** A picture that was uploaded, as it was encoded anew; `id` names its file. `size` is in bytes, the rest in pixels. */
export const images = pgTable(
	'images',
	{
		id: text().primaryKey(),
		accountId: integer('account_id')
			.notNull()
			.references((): AnyPgColumn => accounts.id, { onDelete: 'cascade' }),
		width: integer().notNull(),
		height: integer().notNull(),
		size: integer().notNull(),
		createdAt: createdAt(),
	},
	(t) => [
		index('images_account').on(t.accountId, t.createdAt, t.size),
		check('images_id_form', sql`${t.id} ~ '^[A-Za-z0-9_-]{22}$'`),
		check('images_measures', sql`least(${t.width}, ${t.height}, ${t.size}) > 0`),
	],
);

/** The pictures that a post shows, or one of its earlier versions did. */
export const postImages = pgTable(
	'post_images',
	{
		postId: integer('post_id')
			.notNull()
			.references(() => posts.id, { onDelete: 'cascade' }),
		imageId: text('image_id')
			.notNull()
			.references(() => images.id, { onDelete: 'cascade' }),
	},
	(t) => [primaryKey({ columns: [t.postId, t.imageId] }), index('post_images_image').on(t.imageId)],
);

/** A picture that a moderator has taken away, wherever it is shown. */
export const imageRemovals = pgTable(
	'image_removals',
	{
		imageId: text('image_id')
			.primaryKey()
			.references(() => images.id, { onDelete: 'cascade' }),
		moderatorId: integer('moderator_id')
			.notNull()
			.references(() => accounts.id),
		reason: text().notNull(),
		createdAt: createdAt(),
	},
	(t) => [check('image_removals_reason_length', sql`char_length(${t.reason}) between 1 and 1000`)],
);

/**
 * What a moderator has hidden of a member. While it is, the account has its handle for a name, and no headline or
 * picture; `value` is what comes back: the name, the headline or the picture's id.
 */
export const profileRemovals = pgTable(
	'profile_removals',
	{
		accountId: integer('account_id')
			.notNull()
			.references(() => accounts.id, { onDelete: 'cascade' }),
		part: text({ enum: ['name', 'headline', 'avatar'] }).notNull(),
		value: text().notNull(),
		moderatorId: integer('moderator_id')
			.notNull()
			.references(() => accounts.id),
		reason: text().notNull(),
		createdAt: createdAt(),
	},
	(t) => [
		primaryKey({ columns: [t.accountId, t.part] }),
		index('profile_removals_avatar')
			.on(t.value)
			.where(sql`part = 'avatar'`),
		check('profile_removals_part', sql`${t.part} in ('name', 'headline', 'avatar')`),
		check('profile_removals_reason_length', sql`char_length(${t.reason}) between 1 and 1000`),
		check('profile_removals_not_own', sql`${t.accountId} <> ${t.moderatorId}`),
	],
);

/** What a member has begun to write and not sent; `key` names the form and `size` is in bytes. */
export const drafts = pgTable(
	'drafts',
	{
		accountId: integer('account_id')
			.notNull()
			.references(() => accounts.id, { onDelete: 'cascade' }),
		key: text().notNull(),
		content: jsonb().$type<Record<string, string | string[]>>().notNull(),
		size: integer()
			.notNull()
			.generatedAlwaysAs(sql`octet_length(content::text)`),
		updatedAt: time('updated_at').notNull().defaultNow(),
	},
	(t) => [
		primaryKey({ columns: [t.accountId, t.key] }),
		index('drafts_age').on(t.updatedAt),
		check('drafts_key_length', sql`char_length(${t.key}) between 1 and 120`),
	],
);

/** The pictures that a draft shows. */
export const draftImages = pgTable(
	'draft_images',
	{
		accountId: integer('account_id').notNull(),
		key: text().notNull(),
		imageId: text('image_id')
			.notNull()
			.references(() => images.id, { onDelete: 'cascade' }),
	},
	(t) => [
		primaryKey({ columns: [t.accountId, t.key, t.imageId] }),
		foreignKey({
			name: 'draft_images_draft_fk',
			columns: [t.accountId, t.key],
			foreignColumns: [drafts.accountId, drafts.key],
		}).onDelete('cascade'),
		index('draft_images_image').on(t.imageId),
	],
);

/** What an address that was pasted says of itself; a `title` of null: nothing to show. */
export const linkPreviews = pgTable(
	'link_previews',
	{
		url: text().primaryKey(),
		title: text(),
		description: text(),
		siteName: text('site_name'),
		fetchedAt: time('fetched_at').notNull().defaultNow(),
	},
	(t) => [
		index('link_previews_age').on(t.fetchedAt),
		check('link_previews_url_length', sql`char_length(${t.url}) between 1 and 2000`),
	],
);

/** An earlier version of a post, as it read from `createdAt` until the next. Number 1 is the first. */
export const revisions = pgTable(
	'revisions',
	{
		postId: integer('post_id')
			.notNull()
			.references(() => posts.id, { onDelete: 'cascade' }),
		number: integer().notNull(),
		title: text(),
		body: text().notNull(),
		html: text().notNull(),
		practices: text().array().notNull().default([]),
		createdAt: time('created_at').notNull(),
	},
	(t) => [
		primaryKey({ columns: [t.postId, t.number] }),
		check('revisions_body', sql`char_length(${t.body}) between 1 and 20000`),
		check('revisions_number', sql`${t.number} > 0`),
	],
);

/** `authorId` repeats the post's author so that the database itself refuses a vote for one's own post. */
export const upvotes = pgTable(
	'upvotes',
	{
		postId: integer('post_id').notNull(),
		accountId: integer('account_id')
			.notNull()
			.references(() => accounts.id),
		authorId: integer('author_id').notNull(),
		createdAt: createdAt(),
	},
	(t) => [
		primaryKey({ columns: [t.postId, t.accountId] }),
		foreignKey({
			name: 'upvotes_post_fk',
			columns: [t.postId, t.authorId],
			foreignColumns: [posts.id, posts.authorId],
		}).onDelete('cascade'),
		index('upvotes_account').on(t.accountId),
		check('upvotes_not_own', sql`${t.accountId} <> ${t.authorId}`),
	],
);

export const features = pgTable(
	'features',
	{
		postId: integer('post_id').primaryKey(),
		threadId: integer('thread_id').notNull(),
		moderatorId: integer('moderator_id')
			.notNull()
			.references(() => accounts.id),
		note: text(),
		highlight: text(),
		createdAt: createdAt(),
	},
	(t) => [
		foreignKey({
			name: 'features_post_fk',
			columns: [t.postId, t.threadId],
			foreignColumns: [posts.id, posts.threadId],
		}).onDelete('cascade'),
		index('features_thread').on(
			t.threadId,
			t.createdAt.desc().nullsFirst(),
			t.postId.desc().nullsFirst(),
		),
		check('features_note_length', sql`char_length(${t.note}) between 1 and 1000`),
		check('features_highlight_length', sql`char_length(${t.highlight}) between 3 and 300`),
	],
);

export const removals = pgTable(
	'removals',
	{
		postId: integer('post_id')
			.primaryKey()
			.references(() => posts.id, { onDelete: 'cascade' }),
		moderatorId: integer('moderator_id')
			.notNull()
			.references(() => accounts.id),
		reason: text().notNull(),
		createdAt: createdAt(),
	},
	(t) => [check('removals_reason_length', sql`char_length(${t.reason}) between 1 and 1000`)],
);

/**
 * What happened on a topic (`thread:<id>` or `account:<id>`), to replay from. `postId` is set where
 * `event` carries a post's words, so that a deletion or removal can take them out of the past.
 */
export const events = pgTable(
	'events',
	{
		topic: text().notNull(),
		cursor: bigint({ mode: 'number' }).notNull(),
		event: jsonb().notNull(),
		postId: integer('post_id'),
		createdAt: createdAt(),
	},
	(t) => [
		primaryKey({ columns: [t.topic, t.cursor] }),
		index('events_post')
			.on(t.postId)
			.where(sql`post_id is not null`),
		check('events_cursor', sql`${t.cursor} > 0`),
		check('events_topic', sql`${t.topic} ~ '^(thread|account):[1-9][0-9]*$'`),
	],
);

/** `request` is the SHA-256 of method, path and body; `createdId` is what the first request created. */
export const idempotencyKeys = pgTable(
	'idempotency_keys',
	{
		accountId: integer('account_id')
			.notNull()
			.references(() => accounts.id, { onDelete: 'cascade' }),
		key: text().notNull(),
		request: text().notNull(),
		createdId: integer('created_id'),
		createdAt: createdAt(),
	},
	(t) => [
		primaryKey({ columns: [t.accountId, t.key] }),
		check('idempotency_keys_length', sql`char_length(${t.key}) between 1 and 255`),
	],
);

/** Attempts that are limited over all servers, in the form that rate-limiter-flexible keeps: `expire` in ms since 1970. */
export const rateLimits = pgTable('rate_limits', {
	key: text().primaryKey(),
	points: integer().notNull().default(0),
	expire: bigint({ mode: 'number' }),
});

/** Who reads a topic through one server: worth nothing after a crash, so the table is unlogged. */
export const presences = pgTable(
	'presences',
	{
		topic: text().notNull(),
		server: text().notNull(),
		accounts: integer().array().notNull(),
		anonymous: integer().notNull(),
		typing: jsonb().$type<{ handle: string; postId: number }[]>().notNull(),
		seenAt: time('seen_at').notNull().defaultNow(),
	},
	(t) => [primaryKey({ columns: [t.topic, t.server] })],
);
