// Opens a task's next cycle, once its last one has ended: the row that the cycle is started from, and the task that it has now.
import type pg from 'pg';
import { defined } from '../../core/defined.js';
import { cycleIdOf } from '../../core/ids.js';
import type { Rejection } from '../../core/decision.js';
import type { NextCycle, RerunInput } from '../../core/rerun.js';
import type { Rerun } from '../../core/resume.js';
import { resumePoint } from '../../core/resume.js';
import { inTransaction } from '../connection.js';
import type { Planned } from '../queries/cycles-to-start.js';
import { planOf } from '../queries/cycles-to-start.js';
import { formerCycle } from '../queries/former-cycle.js';
import { liveSettings } from '../queries/pipelines.js';

interface Standing extends Planned {
  cycle_id: string;
  ended: boolean;
  status: string;
  outcome: string | null;
  number: number;
  version_id: string;
  newest_id: string;
}

const standing = `
  select t.cycle_id, c.ended_at is not null as ended, t.status, t.outcome, c.number, c.version_id, v.plan, ${liveSettings('p')} as live, t.overlap,
         c.checkpoint, c.start_node,
         (select n.id from pipeline_versions n where n.pipeline_id = t.pipeline_id order by n.version desc limit 1) as newest_id
    from tasks t
    join pipelines p on p.id = t.pipeline_id
    join cycles c on c.id = t.cycle_id
    join pipeline_versions v on v.id = c.version_id
   where t.id = $1`;

const refused = (code: Rejection['code'], detail: string): NextCycle => ({
  kind: 'refused',
  rejection: { code, detail },
});

/** Work that was voted on stays as it was counted. */
const wasVotedOn = ({ plan, outcome }: Standing): boolean =>
  (outcome === 'complete' || outcome === 'archive') && plan.nodes.some(({ consensus }) => consensus);

/** What the next cycle begins with. */
async function rerunOf(client: pg.PoolClient, now: Standing, next: RerunInput): Promise<Rerun | NextCycle> {
  const { mode, actor, node } = next;
  if (mode === 'restart') return { mode, actor };
  if (next.reopens && wasVotedOn(now)) return refused('REOPEN_REFUSED', 'it was voted on, and has ended');
  const plan = planOf(now);
  const kind = plan.nodes.find(({ key }) => key === node)?.kind;
  if (node !== undefined && (kind === undefined || kind === 'start' || kind === 'end')) {
    return refused('RERUN_REFUSED', `there is no work at a node "${node}"`);
  }
  const resume = resumePoint(plan, await formerCycle(client, now.cycle_id), node);
  if (!resume) {
    const why = node === undefined ? 'everything is done: name the node to go on from' : `it has not come to "${node}"`;
    return refused('RERUN_REFUSED', why);
  }
  return { mode, actor, resume, ...defined({ node }) };
}

async function insertNext(client: pg.PoolClient, now: Standing, next: RerunInput, rerun: Rerun): Promise<string> {
  const cycleId = cycleIdOf(next.taskId, now.number + 1);
  const { number, checkpoint, start_node, version_id, newest_id } = now;
  // What did not begin at the start node begins there again, in the version that has it.
  const isAtStart = checkpoint === null && start_node === null;
  const versionId = rerun.resume || !isAtStart ? version_id : newest_id;
  await client.query(
    `insert into cycles (id, task_id, number, version_id, checkpoint, start_node, rerun, command_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [cycleId, next.taskId, number + 1, versionId, checkpoint, start_node, JSON.stringify(rerun), next.commandId],
  );
  await client.query(
    `update tasks set cycle_id = $2, status = 'pending', outcome = null, failure = null, nodes = '{}', finished_at = null,
            updated_at = now(), version = version + 1
      where id = $1`,
    [next.taskId, cycleId],
  );
  return cycleId;
}

export async function openNext(pool: pg.Pool, next: RerunInput): Promise<NextCycle> {
  const { taskId, commandId } = next;
  return inTransaction(pool, async (client) => {
    // The lock comes first and by itself: what is read after it is as the one who held it before has left it.
    await client.query('select 1 from tasks where id = $1 for update', [taskId]);
    const known = await client.query<{ id: string }>('select id from cycles where task_id = $1 and command_id = $2', [
      taskId,
      commandId,
    ]);
    if (known.rows[0]) return { kind: 'started', taskId, cycleId: known.rows[0].id };
    const now = (await client.query<Standing>(standing, [taskId])).rows[0];
    if (!now) return refused('NOT_FOUND', 'the task is gone');
    if (!now.ended) return { kind: 'open', cycleId: now.cycle_id };
    const rerun = await rerunOf(client, now, next);
    if ('kind' in rerun) return rerun;
    return { kind: 'started', taskId, cycleId: await insertNext(client, now, next, rerun) };
  });
}

/** A cycle that never recorded has nothing else to end. */
export async function endUnstarted(pool: pg.Pool, cycleId: string): Promise<void> {
  await pool.query(
    `update cycles set ended_at = now()
      where id = $1 and ended_at is null and not exists (select 1 from streams where cycle_id = $1)`,
    [cycleId],
  );
}
