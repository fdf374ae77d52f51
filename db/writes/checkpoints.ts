// Where items stand towards the checkpoints of their batch, and which checkpoints that makes fire. Everything that could make one
// complete (a standing, the end of a batch) happens under the lock of the batch's row: exactly one of them finds it complete.
import type pg from 'pg';
import type { Standing } from '../../core/checkpoints.js';
import type { TaskIdentity } from '../../core/state.js';
import { inTransaction } from '../connection.js';

export interface Told {
  task: Pick<TaskIdentity, 'taskId' | 'cycleId'> & { batchId: string };
  standings: Pick<Standing, 'node' | 'standing' | 'assignee' | 'submission'>[];
  /** The fence: when it was decided, and by which record. */
  decidedAt: number;
  sequence: number;
}

export interface Found {
  /** Checkpoints that had let this item go before. */
  passed: string[];
  /** Checkpoints that have fired and whose workflow is not known to run. */
  fired: string[];
}

async function isClosed(client: pg.PoolClient, batchId: string): Promise<boolean> {
  const text = 'select status from batches where id = $1 for no key update';
  return (await client.query<{ status: string }>(text, [batchId])).rows[0]?.status === 'closed';
}

interface Before {
  standing: Standing['standing'];
  assignee: string | null;
  isFired: boolean;
  /** It goes on by itself: nobody lets this cycle go any more. */
  isPassed: boolean;
}

async function standingBefore(client: pg.PoolClient, { task }: Told, node: string): Promise<Before | undefined> {
  const { rows } = await client.query<Before>(
    `select i.standing, i.assignee, c.id is not null as "isFired", c.id is not null and (c.released_at is not null or i.cycle_id <> $4) as "isPassed"
       from checkpoint_items i left join checkpoints c on c.id = i.checkpoint_id
      where i.batch_id = $1 and i.node = $2 and i.task_id = $3`,
    [task.batchId, node, task.taskId, task.cycleId],
  );
  return rows[0];
}

/** Of the task's present cycle alone: {@link itemsComeAgain} says which that is. */
async function keep(client: pg.PoolClient, told: Told, standing: Told['standings'][number]): Promise<void> {
  const { task, decidedAt, sequence } = told;
  const { assignee = null, submission } = standing;
  await client.query(
    `update checkpoint_items
        set standing = $5, assignee = $6, submission_id = $7, payload_hash = $8, decided_at = $9, sequence = $10
      where batch_id = $1 and node = $2 and task_id = $3 and cycle_id = $4 and checkpoint_id is null
        and (decided_at, sequence) < ($9, $10)`,
    [
      task.batchId,
      standing.node,
      task.taskId,
      task.cycleId,
      standing.standing,
      assignee,
      submission?.id ?? null,
      submission?.hash ?? null,
      decidedAt,
      sequence,
    ],
  );
}

const isUnclaimed = ({ standing, assignee }: { standing: string; assignee?: string | null | undefined }): boolean =>
  standing === 'coming' && (assignee ?? null) === null;

/** The checkpoint as the version of what waits at it says; undefined where nothing waits. */
async function waitingAt(client: pg.PoolClient, batchId: string, node: string) {
  const { rows } = await client.query<{ versionId: string; of: string; per: 'task' | 'assignment' }>(
    `select v.id as "versionId", n -> 'checkpoint' ->> 'of' as of, n -> 'checkpoint' ->> 'per' as per
       from (select cycle_id from checkpoint_items
              where batch_id = $1 and node = $2 and standing = 'arrived' and checkpoint_id is null limit 1) as i
       join cycles c on c.id = i.cycle_id
       join pipeline_versions v on v.id = c.version_id
       join lateral jsonb_array_elements(v.plan -> 'nodes') as n on n ->> 'key' = $2`,
    [batchId, node],
  );
  return rows[0];
}

async function isComing(client: pg.PoolClient, batchId: string, node: string, whose: string): Promise<boolean> {
  const text = `select 1 from checkpoint_items where batch_id = $1 and node = $2 and standing = 'coming' ${whose} limit 1`;
  return (await client.query(text, [batchId, node])).rowCount === 1;
}

/** Assignees with work that waits and none to come. */
async function completeShares(
  client: pg.PoolClient,
  batchId: string,
  node: string,
  among: readonly string[] | undefined,
): Promise<string[]> {
  const { rows } = await client.query<{ assignee: string }>(
    `select w.assignee
       from (select distinct assignee from checkpoint_items
              where batch_id = $1 and node = $2 and standing = 'arrived' and checkpoint_id is null
                and ($3::text[] is null or assignee = any ($3))) as w
      where not exists (select 1 from checkpoint_items c
                         where c.batch_id = $1 and c.node = $2 and c.standing = 'coming' and c.assignee = w.assignee)`,
    [batchId, node, among ?? null],
  );
  return rows.map(({ assignee }) => assignee);
}

/**
 * Fires what is complete. `among`: whose shares may have become so; left out: anybody's. Asks for one row of what is still to come,
 * never for all.
 */
async function look(client: pg.PoolClient, batchId: string, node: string, among?: readonly string[]): Promise<void> {
  const waiting = await waitingAt(client, batchId, node);
  if (!waiting) return;
  const isTask = waiting.per === 'task';
  if (await isComing(client, batchId, node, isTask ? '' : 'and assignee is null')) return;
  const shares = isTask ? [null] : await completeShares(client, batchId, node, among);
  for (const assignee of shares) await fire(client, { batchId, node, assignee, ...waiting });
}

interface Share {
  batchId: string;
  node: string;
  assignee: string | null;
  versionId: string;
  of: string;
  per: 'task' | 'assignment';
}

/** Items that come after it has fired make another one: the id counts them. */
async function fire(client: pg.PoolClient, { batchId, node, assignee, versionId, of, per }: Share): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `insert into checkpoints (id, batch_id, node, of_node, per, assignee, items, version_id)
     select 'chk_' || left(encode(sha256(convert_to(concat_ws(E'\\n', $1::text, $2::text, coalesce($3::text, ''), count(*)), 'UTF8')), 'hex'), 32),
            $1, $2, $4, $5, $3, 0, $6
       from checkpoints where batch_id = $1 and node = $2 and assignee is not distinct from $3
     returning id`,
    [batchId, node, assignee, of, per, versionId],
  );
  await client.query(
    `with held as (
       update checkpoint_items set checkpoint_id = $4
        where batch_id = $1 and node = $2 and standing = 'arrived' and checkpoint_id is null and assignee is not distinct from $3
       returning 1
     )
     update checkpoints set items = (select count(*) from held) where id = $4`,
    [batchId, node, assignee, rows[0]?.id],
  );
}

/**
 * The task's next cycle is on its way to the checkpoints of its version; what has fired holds for it too. Taken under the batch's lock,
 * so that none fires between two cycles.
 */
export async function itemsComeAgain(
  client: pg.PoolClient,
  { taskId, cycleId, versionId }: { taskId: string; cycleId: string; versionId: string },
): Promise<void> {
  await client.query('select from batches where id = (select batch_id from tasks where id = $1) for no key update', [
    taskId,
  ]);
  await client.query(
    `insert into checkpoint_items (batch_id, node, task_id, cycle_id, standing, decided_at, sequence)
     select t.batch_id, n ->> 'key', t.id, $2, 'coming', 0, 0
       from tasks t, pipeline_versions v, jsonb_array_elements(v.plan -> 'nodes') as n
      where t.id = $1 and t.batch_id is not null and v.id = $3 and n ? 'checkpoint'
     on conflict (batch_id, node, task_id) do update
        set cycle_id = excluded.cycle_id, standing = 'coming', assignee = null, submission_id = null, payload_hash = null
      where checkpoint_items.checkpoint_id is null`,
    [taskId, cycleId, versionId],
  );
}

async function notStarted(client: pg.PoolClient, batchId: string): Promise<string[]> {
  const text = 'select id from checkpoints where batch_id = $1 and started_at is null order by id';
  return (await client.query<{ id: string }>(text, [batchId])).rows.map(({ id }) => id);
}

/** Whose shares a change may have made complete: theirs, or anybody's where work was taken that anybody could have taken. */
function touchedBy(before: Before, now: Told['standings'][number]): string[] | undefined {
  if (isUnclaimed(before) && !isUnclaimed(now)) return undefined;
  return [before.assignee, now.assignee].filter((assignee) => typeof assignee === 'string');
}

/** Takes in how an item stands. What was told before changes nothing, nor does what comes after it was let go. */
export async function tellCheckpoints(pool: pg.Pool, told: Told): Promise<Found> {
  const { batchId } = told.task;
  return inTransaction(pool, async (client) => {
    const closed = await isClosed(client, batchId);
    const passed: string[] = [];
    for (const standing of told.standings) {
      const { node } = standing;
      const before = await standingBefore(client, told, node);
      if (before?.isPassed) passed.push(node);
      if (!before || before.isFired) continue;
      await keep(client, told, standing);
      if (closed) await look(client, batchId, node, touchedBy(before, standing));
    }
    return { passed, fired: await notStarted(client, batchId) };
  });
}

/** From now on nothing is added to it; answers with the checkpoints that have fired. */
export async function endBatch(pool: pg.Pool, batchId: string): Promise<string[]> {
  return inTransaction(pool, async (client) => {
    await client.query(`update batches set status = 'closed' where id = $1`, [batchId]);
    const { rows } = await client.query<{ node: string }>(
      `select distinct node from checkpoint_items where batch_id = $1 order by node`,
      [batchId],
    );
    for (const { node } of rows) await look(client, batchId, node);
    return notStarted(client, batchId);
  });
}

export async function noteStarted(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('update checkpoints set started_at = now() where id = $1', [id]);
}

export async function noteContext(pool: pg.Pool, id: string, taskId: string): Promise<void> {
  await pool.query('update checkpoints set context_task_id = $2 where id = $1', [id, taskId]);
}

export async function noteReleased(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('update checkpoints set released_at = coalesce(released_at, now()) where id = $1', [id]);
}
