CREATE TABLE "draft_images" (
	"account_id" integer NOT NULL,
	"key" text NOT NULL,
	"image_id" text NOT NULL,
	CONSTRAINT "draft_images_account_id_key_image_id_pk" PRIMARY KEY("account_id","key","image_id")
);
--> statement-breakpoint
CREATE TABLE "image_removals" (
	"image_id" text PRIMARY KEY NOT NULL,
	"moderator_id" integer NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_removals_reason_length" CHECK (char_length("image_removals"."reason") between 1 and 1000)
);
--> statement-breakpoint
CREATE TABLE "profile_removals" (
	"account_id" integer NOT NULL,
	"part" text NOT NULL,
	"value" text NOT NULL,
	"moderator_id" integer NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "profile_removals_account_id_part_pk" PRIMARY KEY("account_id","part"),
	CONSTRAINT "profile_removals_part" CHECK ("profile_removals"."part" in ('name', 'headline', 'avatar')),
	CONSTRAINT "profile_removals_reason_length" CHECK (char_length("profile_removals"."reason") between 1 and 1000),
	CONSTRAINT "profile_removals_not_own" CHECK ("profile_removals"."account_id" <> "profile_removals"."moderator_id")
);
--> statement-breakpoint
DROP INDEX "images_age";--> statement-breakpoint
DROP INDEX "images_account";--> statement-breakpoint
ALTER TABLE "drafts" ADD COLUMN "size" integer GENERATED ALWAYS AS (octet_length(content::text)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "draft_images" ADD CONSTRAINT "draft_images_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "draft_images" ADD CONSTRAINT "draft_images_draft_fk" FOREIGN KEY ("account_id","key") REFERENCES "public"."drafts"("account_id","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_removals" ADD CONSTRAINT "image_removals_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_removals" ADD CONSTRAINT "image_removals_moderator_id_accounts_id_fk" FOREIGN KEY ("moderator_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_removals" ADD CONSTRAINT "profile_removals_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_removals" ADD CONSTRAINT "profile_removals_moderator_id_accounts_id_fk" FOREIGN KEY ("moderator_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "draft_images_image" ON "draft_images" USING btree ("image_id");--> statement-breakpoint
CREATE INDEX "profile_removals_avatar" ON "profile_removals" USING btree ("value") WHERE part = 'avatar';--> statement-breakpoint
CREATE INDEX "accounts_avatar" ON "accounts" USING btree ("avatar_id");--> statement-breakpoint
CREATE INDEX "images_account" ON "images" USING btree ("account_id","created_at","size");--> statement-breakpoint
INSERT INTO "draft_images" ("account_id", "key", "image_id")
SELECT DISTINCT drafts.account_id, drafts.key, images.id
FROM drafts
	CROSS JOIN LATERAL regexp_matches(drafts.content::text, '/images/([A-Za-z0-9_-]{22})\.webp', 'g') AS named
	JOIN images ON images.id = named[1] AND images.account_id = drafts.account_id;
