ALTER TABLE "node_setting_changes" ADD COLUMN "number" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "node_instances" ADD COLUMN "due_at" timestamp (3) with time zone;