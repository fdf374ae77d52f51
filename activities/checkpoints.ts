// Checkpoints: where cycles stand is written down, what that completes fires, and what has fired starts a cycle and lets go.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { PipelineClock } from '../core/clock.js';
import type { Standing } from '../core/checkpoints.js';
import { taskIdOf } from '../core/ids.js';
import type { TaskIdentity } from '../core/state.js';
import type { Checkpoint } from '../db/queries/checkpoints.js';
import { awaitedAt, checkpointItems, findCheckpoint } from '../db/queries/checkpoints.js';
import { cyclesOf } from '../db/queries/cycles-to-start.js';
import { pipelineClock } from '../db/queries/pauses.js';
import { storeTasks } from '../db/staging/tasks.js';
import { endBatch, noteContext, noteReleased, noteStarted, tellCheckpoints } from '../db/writes/checkpoints.js';
import { derivedId } from '../language/hashing.js';
import { newTask } from '../language/new-task.js';
import { inLanes } from '../lanes.js';
import type { CycleStarter } from './start-cycles.js';
import { createTurns } from './turns.js';

/** The part of the client that this needs; handed in by the worker. */
export interface CheckpointKeeper extends CycleStarter {
  startCheckpoint(checkpointId: string): Promise<void>;
  letGo(cycleId: string, node: string, clock: PipelineClock | null): Promise<void>;
}

export interface CheckpointActivities {
  /** Answers with the checkpoints that had let this item go before. */
  tellStandings(told: {
    task: TaskIdentity;
    standings: Standing[];
    decidedAt: number;
    sequence: number;
  }): Promise<string[]>;
  closeBatch(which: { batchId: string }): Promise<void>;
  openContext(which: { checkpointId: string }): Promise<void>;
  /** Lets one page go on; answers with where to go on, or null at the end. */
  releasePage(page: { checkpointId: string; after?: string }): Promise<string | null>;
}

/** Of what the context names itself; the rest is at its address. */
const itemsNamed = 1_000;
const pageSize = 200;
const atOnce = 10;

async function contextOf(pool: pg.Pool, checkpoint: Checkpoint) {
  const { id, batchId, batchName, node, of, per, assignee, items: itemCount } = checkpoint;
  const items = await checkpointItems(pool, { id, after: '', limit: itemsNamed });
  return {
    kind: per,
    batch: batchId,
    ...(batchName === null ? {} : { batchName }),
    node: of,
    checkpoint: node,
    ...(assignee === null ? {} : { assignee }),
    itemCount,
    items: items.map(({ taskId, submissionId, hash }) => ({ taskId, submissionId, hash })),
    itemsUrl: `/v1/checkpoints/${id}/items`,
  };
}

function titleOf({ of, batchId, batchName, assignee }: Checkpoint): string {
  const whose = assignee === null ? '' : `, the share of ${assignee}`;
  return `batch ${batchName ?? batchId} at ${of}${whose}`.slice(0, 300);
}

/** What the end of a cycle that nobody hears from any more means for its batch. */
export async function leaveCheckpoints(
  pool: pg.Pool,
  keeper: CheckpointKeeper,
  { cycleId, atMs }: { cycleId: string; atMs: number },
): Promise<void> {
  const taskId = taskIdOf(cycleId);
  const awaited = await awaitedAt(pool, cycleId, taskId);
  for (const { batchId, node } of awaited) {
    const standings = [{ node, standing: 'gone' as const }];
    const task = { taskId, cycleId, batchId };
    const { fired } = await tellCheckpoints(pool, { task, standings, decidedAt: atMs, sequence: 0 });
    await start(pool, keeper, fired);
  }
}

/** Fired is decided by now; a start that is lost is made up for by whoever comes next, or by this very activity again. */
async function start(pool: pg.Pool, keeper: CheckpointKeeper, fired: readonly string[]): Promise<void> {
  for (const id of fired) {
    await keeper.startCheckpoint(id);
    await noteStarted(pool, id);
  }
}

export function createCheckpointActivities(pool: pg.Pool, keeper: CheckpointKeeper): CheckpointActivities {
  const inTurn = createTurns();

  async function known(id: string): Promise<Checkpoint> {
    const checkpoint = await findCheckpoint(pool, id);
    if (!checkpoint) throw new Error(`there is no checkpoint ${id}`);
    return checkpoint;
  }

  return {
    async tellStandings({ task: { taskId, cycleId, batchId }, standings, decidedAt, sequence }) {
      if (batchId === undefined) return [];
      const task = { taskId, cycleId, batchId };
      const told = { task, standings, decidedAt, sequence };
      const { passed, fired } = await inTurn(batchId, () => tellCheckpoints(pool, told));
      await start(pool, keeper, fired);
      return passed;
    },
    async closeBatch({ batchId }) {
      await start(pool, keeper, await endBatch(pool, batchId));
    },
    async openContext({ checkpointId }) {
      const checkpoint = await known(checkpointId);
      const { projectId, pipelineId, versionId, node } = checkpoint;
      const taskId = derivedId('tsk', 'checkpoint', checkpointId);
      const described = { data: await contextOf(pool, checkpoint), dataTitle: titleOf(checkpoint) };
      const home = { projectId, pipelineId, versionId, batchId: null, checkpoint: node };
      await storeTasks(pool, home, [newTask(taskId, described, 0)]);
      for (const cycle of await cyclesOf(pool, [taskId])) await keeper.startCycle(cycle);
      await noteContext(pool, checkpointId, taskId);
    },
    async releasePage({ checkpointId, after = '' }) {
      const { node, pipelineId } = await known(checkpointId);
      const clock = await pipelineClock(pool, pipelineId);
      const page = await checkpointItems(pool, { id: checkpointId, after, limit: pageSize });
      await inLanes(atOnce, page, async ({ cycleId }) => {
        await keeper.letGo(cycleId, node, clock);
        Context.current().heartbeat();
      });
      if (page.length === pageSize) return page.at(-1)?.taskId ?? null;
      await noteReleased(pool, checkpointId);
      return null;
    },
  };
}
