// Brings rows and workflows back together after one of them was lost.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { cycleOfWorkflow } from '../core/ids.js';
import type { RecordedUpTo } from '../core/record.js';
import type { Replacement } from '../core/replaced.js';
import { cyclesForgotten } from '../db/queries/cycles-to-start.js';
import { unwokenPipelines } from '../db/queries/pauses.js';
import type { RecordedStream } from '../db/queries/recorded-streams.js';
import { recordedStream, recordedStreams } from '../db/queries/recorded-streams.js';
import { failStream } from '../db/writes/fail-stream.js';
import { inLanes } from '../lanes.js';
import type { CheckpointKeeper } from './checkpoints.js';
import { leaveCheckpoints } from './checkpoints.js';
import { startAll } from './start-cycles.js';

/** The part of the client that this needs; handed in by the worker. */
export interface StreamKeeper extends CheckpointKeeper {
  /** `silent`: it runs and can't answer. */
  standing(
    workflowId: string,
  ): Promise<{ kind: 'open'; recorded: RecordedUpTo } | { kind: 'silent' | 'closed' | 'gone' }>;
  isRunning(workflowId: string): Promise<boolean>;
  resync(workflowId: string): Promise<'sent' | 'closed'>;
  cancel(workflowId: string): Promise<void>;
  replace(workflowId: string, replacement: Replacement): Promise<void>;
  startResume(pipelineId: string, turns: number): Promise<void>;
}

export interface ReconcileActivities {
  /** One page of the streams that recorded since a time; answers with where to go on, or null at the end. */
  reconcileStreams(page: { sinceMs: number; after?: string }): Promise<string | null>;
  reconcileStream(which: { streamId: string }): Promise<void>;
  /** Starts the cycles of tasks that were stored, and the resumes of pipelines, whose starter was killed. */
  startForgotten(): Promise<number>;
}

const pageSize = 100;
const atOnce = 10;

export const endedOutside = 'ended outside the product';

export function createReconcileActivities(pool: pg.Pool, keeper: StreamKeeper): ReconcileActivities {
  /** `stream`: its row, read before its history was. */
  async function hasToRecord(stream: RecordedStream, { sequence, decidedAt }: RecordedUpTo): Promise<boolean> {
    if (sequence === stream.sequence) return decidedAt !== stream.decidedAt;
    // Ahead of its row it may have gone on meanwhile.
    return sequence < stream.sequence || (await recordedStream(pool, stream.id))?.sequence === stream.sequence;
  }

  async function settle(stream: RecordedStream): Promise<void> {
    const standing = await keeper.standing(stream.id);
    if (standing.kind === 'open') {
      if (await hasToRecord(stream, standing.recorded)) await keeper.resync(stream.id);
      return;
    }
    if (standing.kind === 'silent') {
      // Nobody else waits for it: the signal is there once it can work again, and has it record all that it is.
      Context.current().log.warn('it gives no answer; it is to record once it can', { streamId: stream.id });
      await keeper.resync(stream.id);
      return;
    }
    if (stream.status !== 'open') return;
    const others = await failStream(pool, { streamId: stream.id, cause: endedOutside, atMs: Date.now() });
    for (const other of others) await keeper.cancel(other);
    const cycleId = cycleOfWorkflow(stream.id);
    if (cycleId !== undefined) await leaveCheckpoints(pool, keeper, { cycleId, atMs: Date.now() });
  }

  return {
    async reconcileStreams({ sinceMs, after }) {
      const page = await recordedStreams(pool, { sinceMs, after: after ?? '', limit: pageSize });
      await inLanes(atOnce, page, async (stream) => {
        await settle(stream);
        Context.current().heartbeat();
      });
      return page.length < pageSize ? null : (page.at(-1)?.id ?? null);
    },
    async reconcileStream({ streamId }) {
      const stream = await recordedStream(pool, streamId);
      if (stream) await settle(stream);
    },
    async startForgotten() {
      let started = 0;
      for (let page = await cyclesForgotten(pool, undefined, pageSize); page.cycles.length > 0;) {
        await startAll(keeper, page.cycles);
        started += page.cycles.length;
        if (page.last === undefined) break;
        page = await cyclesForgotten(pool, page.last, pageSize);
      }
      for (const { pipelineId, turns } of await unwokenPipelines(pool)) await keeper.startResume(pipelineId, turns);
      return started;
    },
  };
}
