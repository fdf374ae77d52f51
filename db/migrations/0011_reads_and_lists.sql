ALTER TABLE "drafts" ADD COLUMN "remarks" jsonb;--> statement-breakpoint
CREATE INDEX "tasks_priority" ON "tasks" USING btree ("pipeline_id",(-priority),"id");--> statement-breakpoint
CREATE INDEX "tasks_due" ON "tasks" USING btree ("pipeline_id",coalesce((due_at at time zone 'UTC') + (own_paused_ms - paused_ms) * interval '1 millisecond', 'infinity'::timestamp),"id");--> statement-breakpoint
CREATE INDEX "tasks_title_search" ON "tasks" USING btree ("pipeline_id",(left(lower(data_title), 200) collate "C"),"id");--> statement-breakpoint
CREATE INDEX "tasks_external_search" ON "tasks" USING btree ("pipeline_id",(left(lower(external_id), 200) collate "C"),"id") WHERE external_id is not null;