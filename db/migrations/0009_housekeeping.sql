ALTER TABLE "payloads" ADD COLUMN "orphaned_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "callbacks_age" ON "callbacks" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "executions_payload" ON "executions" USING btree ("project_id",(result -> 'submission' ->> 'hash')) WHERE result ? 'submission';--> statement-breakpoint
CREATE INDEX "payloads_age" ON "payloads" USING btree ("created_at","project_id","hash");--> statement-breakpoint
CREATE INDEX "payloads_orphaned" ON "payloads" USING btree ("orphaned_at") WHERE orphaned_at is not null;