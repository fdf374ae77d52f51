// Computes a task's status and present nodes from its streams, under the task row's lock.
import type pg from 'pg';

const text = `
with stream as (
  select s.*, s.id = 'cycle:' || $2 as is_cycle from streams s where s.cycle_id = $2
), held as (
  select max(case n.status when 'quarantined' then 2 when 'escalated' then 1 else 0 end) as level
    from node_instances n
    join stream s on s.id = n.stream_id
   where s.status = 'open' and n.status in ('quarantined', 'escalated')
), summary as (
  select bool_or(status = 'failed') as failed,
         bool_or(is_cycle and status = 'finished') as finished,
         bool_or(started) as started,
         max(outcome) filter (where is_cycle) as outcome,
         coalesce((select array_agg(distinct node) from stream open, unnest(open.nodes) as node where open.status = 'open'), '{}') as nodes
    from stream
), next as (
  select case when failed then 'failed'
              when finished then 'finished'
              when (select level from held) = 2 then 'quarantined'
              when (select level from held) = 1 then 'escalated'
              when started then 'in_progress'
              else 'pending' end as status,
         outcome, nodes, failed, finished
    from summary
), ended as (
  update cycles set ended_at = case when n.failed or n.finished then coalesce(ended_at, now()) end from next n
   where cycles.id = $2 and (ended_at is null) = (n.failed or n.finished)
)
update tasks t
   set status = n.status,
       outcome = case when n.status = 'finished' then n.outcome end,
       nodes = case when n.failed or n.finished then '{}' else n.nodes end,
       failure = case when n.failed then t.failure end,
       finished_at = case when n.status = 'finished' then coalesce(t.finished_at, now()) end,
       updated_at = now(),
       version = t.version + 1
  from next n
 where t.id = $1 and t.cycle_id = $2`;

export async function updateTask(client: pg.PoolClient, taskId: string, cycleId: string): Promise<void> {
  await client.query({ name: 'record-task', text, values: [taskId, cycleId] });
}
