ALTER TABLE "pipelines" ADD COLUMN "paused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "paused_total_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "pause_mode" text;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "keep_triggers" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "pause_turns" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "node_pauses" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "to_wake" integer;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "woken" integer;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "parked_in" text;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "own_paused_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "held_at_ms" bigint;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "paused_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "own_paused_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "held_at_ms" bigint;--> statement-breakpoint
ALTER TABLE "node_instances" ADD COLUMN "paused_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "node_instances" ADD COLUMN "held_at_ms" bigint;--> statement-breakpoint
CREATE INDEX "streams_parked" ON "streams" USING btree ("parked_in","id") WHERE parked_in is not null;