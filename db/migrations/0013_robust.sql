ALTER TABLE "outbox" ADD COLUMN "parked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "cycles" ADD COLUMN "unrecorded" boolean;--> statement-breakpoint
ALTER TABLE "cycles" ALTER COLUMN "unrecorded" SET DEFAULT true;--> statement-breakpoint
UPDATE "cycles" SET "unrecorded" = true WHERE ended_at is null and not exists (select from streams s where s.cycle_id = cycles.id);--> statement-breakpoint
CREATE INDEX "outbox_parked" ON "outbox" USING btree ("pipeline_id","parked_at") WHERE parked_at is not null;--> statement-breakpoint
CREATE INDEX "cycles_unrecorded" ON "cycles" USING btree ("id") WHERE unrecorded and ended_at is null;