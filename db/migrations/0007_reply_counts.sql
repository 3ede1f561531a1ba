LOCK TABLE "posts", "scores" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
ALTER TABLE "scores" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "scores" ADD COLUMN "reply_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "scores" SET "reply_count" = "posts"."reply_count", "score" = "scores"."score"
	FROM "posts" WHERE "posts"."id" = "scores"."post_id" AND "posts"."reply_count" > 0;
--> statement-breakpoint
ALTER TABLE "scores" ADD CONSTRAINT "scores_reply_count" CHECK ("scores"."reply_count" >= 0);--> statement-breakpoint
ALTER TABLE "posts" DROP CONSTRAINT "posts_counts";--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "reply_count";
