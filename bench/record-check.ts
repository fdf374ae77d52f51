// The figures count only if the work was done: what Postgres holds after the run is compared with what was asked for.
import type { Scene } from './scene.js';

const counts = `
  with mine as (select id from tasks where pipeline_id = $1)
  select (select count(*) from mine) as tasks,
         (select count(*) from tasks where pipeline_id = $1 and status = 'finished' and outcome = 'complete') as finished,
         (select count(*) from node_instances where pipeline_id = $1 and node in ('annotate', 'qa')) as instances,
         (select count(*) from node_instances where pipeline_id = $1 and node in ('annotate', 'qa') and status = 'finished') as "finishedInstances",
         (select count(*) from submissions s join mine on mine.id = s.task_id where s.superseded_at is null) as submissions,
         (select count(*) from reviews r join mine on mine.id = r.task_id where r.superseded_at is null) as reviews,
         (select count(*) from reservations where project_id = $2) as reservations`;

const entries = `
  select e.type, count(*) as count, count(distinct (e.instance_id, e.command_id)) as once
    from timeline e join tasks t on t.id = e.task_id
   where t.pipeline_id = $1 and e.superseded_at is null
   group by e.type`;

/** Throws on the first difference. */
export async function checkRecord({ pool, home, asked: { tasks } }: Scene): Promise<number> {
  const { rows } = await pool.query<Record<string, number | string>>(counts, [home.pipelineId, home.projectId]);
  const found = new Map(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
  expectCount('tasks', found.get('tasks'), tasks);
  expectCount('tasks finished', found.get('finished'), tasks);
  expectCount('node instances', found.get('instances'), 2 * tasks);
  expectCount('node instances finished', found.get('finishedInstances'), 2 * tasks);
  expectCount('submissions', found.get('submissions'), tasks);
  expectCount('reviews', found.get('reviews'), tasks);
  expectCount('reservations left', found.get('reservations'), 0);
  const timeline = await pool.query<{ type: string; count: string; once: string }>(entries, [home.pipelineId]);
  const typed = new Map(timeline.rows.map(({ type, count, once }) => [type, [Number(count), Number(once)] as const]));
  for (const [type, times] of [
    ['claimed', 2],
    ['submitted', 1],
    ['reviewed', 1],
    ['ended', 1],
  ] as const) {
    expectCount(`timeline entries "${type}"`, typed.get(type)?.[0], times * tasks);
  }
  expectCount('claims with an id of their own', typed.get('claimed')?.[1], 2 * tasks);
  expectCount('timeline entries "rejected"', typed.get('rejected')?.[0] ?? 0, 0);
  return tasks;
}

function expectCount(what: string, found: number | undefined, wanted: number): void {
  if (found !== wanted) throw new Error(`After the run: ${String(found)} ${what} instead of ${String(wanted)}`);
}
