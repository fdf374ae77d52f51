-- How long a node instance has stood still up to now by pauses of its pipeline and its node, and by the present one of its task
-- (held_at_ms, on the clock of the node): wall time less running time, as core/clock.ts has it. Without a node, of a task.
create or replace function paused_ms(of_pipeline pipelines, of_node text, held_at_ms bigint) returns bigint
language plpgsql stable as $$
declare
  wall bigint := floor(extract(epoch from now()) * 1000);
  pauses jsonb := of_pipeline.node_pauses -> of_node;
  running bigint := coalesce(floor(extract(epoch from of_pipeline.paused_at) * 1000)::bigint, wall) - of_pipeline.paused_total_ms;
begin
  if pauses is not null then
    running := coalesce((pauses ->> 'pausedAtMs')::bigint, running) - (pauses ->> 'pausedTotalMs')::bigint;
  end if;
  return wall - least(running, held_at_ms);
end $$;
