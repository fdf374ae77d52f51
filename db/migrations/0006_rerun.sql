ALTER TABLE "cycles" ADD COLUMN "rerun" jsonb;--> statement-breakpoint
ALTER TABLE "cycles" ADD COLUMN "command_id" text;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "counters" jsonb;