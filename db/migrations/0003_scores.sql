LOCK TABLE "posts" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
CREATE TABLE "scores" (
	"post_id" integer PRIMARY KEY NOT NULL,
	"thread_id" integer NOT NULL,
	"author_id" integer NOT NULL,
	"kind" text NOT NULL,
	"visible" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"score" integer DEFAULT 0 NOT NULL,
	"rank" double precision GENERATED ALWAYS AS (log(greatest(score, 1)::double precision) + extract(epoch from (created_at at time zone 'UTC'))::double precision / 604800) STORED NOT NULL,
	CONSTRAINT "scores_score" CHECK ("scores"."score" >= 0)
) WITH (fillfactor = 80);
--> statement-breakpoint
INSERT INTO "scores" ("post_id", "thread_id", "author_id", "kind", "visible", "created_at", "score")
	SELECT "id", "thread_id", "author_id", "kind", "visible", "created_at", "score" FROM "posts" ORDER BY "id";
--> statement-breakpoint
ALTER TABLE "posts" DROP CONSTRAINT "posts_counts";--> statement-breakpoint
DROP INDEX "posts_top";--> statement-breakpoint
DROP INDEX "posts_best";--> statement-breakpoint
ALTER TABLE "scores" ADD CONSTRAINT "scores_post_id_posts_id_fk" FOREIGN KEY ("post_id") REFERENCES "public"."posts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "scores_top" ON "scores" USING btree ("thread_id","kind","score" DESC NULLS FIRST,"post_id" DESC NULLS FIRST) WHERE visible and kind <> 'reply';--> statement-breakpoint
CREATE INDEX "scores_best" ON "scores" USING btree ("thread_id","kind","rank" DESC NULLS FIRST,"post_id" DESC NULLS FIRST) WHERE visible and kind <> 'reply';--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "rank";--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "score";--> statement-breakpoint
ALTER TABLE "posts" ADD CONSTRAINT "posts_counts" CHECK ("posts"."reply_count" >= 0);--> statement-breakpoint
CREATE FUNCTION "keep_score"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "scores" ("post_id", "thread_id", "author_id", "kind", "visible", "created_at")
	VALUES (NEW."id", NEW."thread_id", NEW."author_id", NEW."kind", NEW."visible", NEW."created_at")
	ON CONFLICT ("post_id") DO UPDATE
	SET "thread_id" = excluded."thread_id", "author_id" = excluded."author_id", "kind" = excluded."kind",
		"visible" = excluded."visible", "created_at" = excluded."created_at";
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "posts_score" AFTER INSERT OR UPDATE OF "thread_id", "author_id", "kind", "visible", "created_at" ON "posts"
	FOR EACH ROW EXECUTE FUNCTION "keep_score"();
--> statement-breakpoint
ALTER TABLE "threads" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "accounts" SET (fillfactor = 80);--> statement-breakpoint
ALTER TABLE "participants" SET (fillfactor = 80);--> statement-breakpoint
ALTER TABLE "posts" SET (fillfactor = 90);
