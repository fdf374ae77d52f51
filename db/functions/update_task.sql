-- A task's status and present nodes, from its streams. The caller holds the lock on the task's row.
create or replace function update_task(of_task text, of_cycle text) returns void language plpgsql as $$
declare
  streamed record;
  held_level int;
  now_at_nodes text[];
  over boolean;
begin
  select coalesce(bool_or(status = 'failed'), false) as failed,
         coalesce(bool_or(status = 'finished') filter (where kind = 'cycle'), false) as finished,
         coalesce(bool_or(started), false) as started,
         max(outcome) filter (where kind = 'cycle') as outcome,
         coalesce(max(own_paused_ms) filter (where kind = 'cycle'), 0) as own_paused_ms,
         max(held_at_ms) filter (where kind = 'cycle') as held_at_ms
    into streamed
    from streams where cycle_id = of_cycle;
  over := streamed.failed or streamed.finished;

  if not over then
    select max(case n.status when 'quarantined' then 2 when 'escalated' then 1 end) into held_level
      from streams s join node_instances n on n.stream_id = s.id
     where s.cycle_id = of_cycle and s.status = 'open' and n.status in ('quarantined', 'escalated');
    select array_agg(distinct node order by node) into now_at_nodes
      from streams s, unnest(s.nodes) as node
     where s.cycle_id = of_cycle and s.status = 'open';
  end if;

  update cycles set ended_at = case when over then coalesce(ended_at, now()) end, unrecorded = null
   where id = of_cycle and ((ended_at is null) = over or unrecorded);

  update tasks
     set status = case when streamed.failed then 'failed'
                       when streamed.finished then 'finished'
                       when held_level = 2 then 'quarantined'
                       when held_level = 1 then 'escalated'
                       when streamed.held_at_ms is not null then 'paused'
                       when streamed.started then 'in_progress'
                       else 'pending' end,
         outcome = case when streamed.finished and not streamed.failed then streamed.outcome end,
         nodes = coalesce(now_at_nodes, '{}'),
         own_paused_ms = streamed.own_paused_ms,
         held_at_ms = case when not over then streamed.held_at_ms end,
         failure = case when streamed.failed then failure end,
         finished_at = case when streamed.finished and not streamed.failed then coalesce(finished_at, now()) end,
         updated_at = now(),
         version = version + 1
   where id = of_task and cycle_id = of_cycle;
end $$;
