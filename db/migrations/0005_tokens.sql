CREATE TABLE "tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"account_id" integer,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tokens_id_form" CHECK ("tokens"."id" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "tokens_purpose" CHECK ("tokens"."purpose" in ('set-up', 'password')),
	CONSTRAINT "tokens_account_needed" CHECK (("tokens"."purpose" = 'set-up') = ("tokens"."account_id" is null))
);
--> statement-breakpoint
ALTER TABLE "suspensions" ALTER COLUMN "moderator_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tokens_account" ON "tokens" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "tokens_expiry" ON "tokens" USING btree ("expires_at");