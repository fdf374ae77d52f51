DROP INDEX "executions_node";--> statement-breakpoint
DROP INDEX "node_instances_external";--> statement-breakpoint
CREATE INDEX "executions_of_node" ON "executions" USING btree ("pipeline_id","node","status","id","attempt");--> statement-breakpoint
CREATE INDEX "node_instances_kept" ON "node_instances" USING btree ("project_id","reserved_for","id") WHERE reserved_for is not null;--> statement-breakpoint
CREATE INDEX "node_instances_visits" ON "node_instances" USING btree ("pipeline_id","node",(case
  when status in ('pending', 'na', 'deferred') or kind in ('code', 'gate', 'chain') or coalesce(performer, assignee) ~ '^(model|code|gate|chain):' then null
  when status = 'available' and kind <> 'consensus' then 'waiting'
  when status <> 'finished' then 'running'
  when outcome = 'timeout' then 'failed'
  when performer is null and (kind = 'llm' or outcome = 'failed') then null
  when performer is null and outcome = 'superseded' then case when claimed_at is not null then 'failed' end
  else 'succeeded' end),"id") WHERE parent_id is null;