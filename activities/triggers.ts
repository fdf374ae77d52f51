// Fires triggers: those of a time when their schedule says so, those of events as the outbox tells them, behind its fence.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { entryProblem } from '../core/entry.js';
import { cyclesOf } from '../db/queries/cycles-to-start.js';
import { findPipeline } from '../db/queries/pipelines.js';
import { findTrigger, triggersOn } from '../db/queries/triggers.js';
import { fire, noteTriggerError } from '../db/writes/triggers.js';
import { taskOfFiring } from '../language/trigger-task.js';
import { alive } from './alive.js';
import type { Fire } from './outbox-reader.js';
import { createReader } from './outbox-reader.js';
import type { StreamKeeper } from './reconcile.js';
import { startAll } from './start-cycles.js';

/** The part of the client that this needs; handed in by the worker. */
export interface TriggerKeeper extends Pick<StreamKeeper, 'startCycle' | 'standing'> {
  dropSchedule(triggerId: string): Promise<void>;
}

export interface TriggerActivities {
  fireAtTime(firing: { triggerId: string; key: string; at: string }): Promise<void>;
  /** `unheard`: nobody listens to the pipeline any more; `again`: ask at once. */
  dispatch(which: { pipelineId: string }): Promise<'unheard' | 'again'>;
}

const lookEveryMs = 500;
const lastsMs = 10 * 60_000;

const createFire =
  (pool: pg.Pool, keeper: TriggerKeeper): Fire =>
  async (trigger, firing) => {
    const pipeline = await findPipeline(pool, trigger.pipelineId);
    if (!pipeline) return;
    const gone = entryProblem(pipeline.definition, trigger.node);
    const made = gone === undefined ? taskOfFiring(trigger, firing) : { problem: `NODE_UNKNOWN: ${gone}` };
    if ('problem' in made) {
      await noteTriggerError(pool, trigger.id, made.problem);
      return;
    }
    const fired = await fire(pool, trigger.id, pipeline.versionId, made.task);
    if (fired.kind === 'fired') await startAll(keeper, await cyclesOf(pool, [fired.taskId]));
  };

export function createTriggerActivities(pool: pg.Pool, keeper: TriggerKeeper): TriggerActivities {
  const fireWith = createFire(pool, keeper);
  const readOn = createReader(pool, keeper, fireWith);

  async function keepReading(pipelineId: string): Promise<'unheard' | 'again'> {
    const until = Date.now() + lastsMs;
    while (Date.now() < until) {
      const triggers = await triggersOn(pool, pipelineId);
      if (triggers.length === 0) return 'unheard';
      if (!(await readOn(pipelineId, triggers))) await Context.current().sleep(lookEveryMs);
    }
    return 'again';
  }

  return {
    async fireAtTime({ triggerId, key, at }) {
      const trigger = await findTrigger(pool, triggerId);
      if (trigger) await fireWith(trigger, { key, data: { firedAt: at }, metadata: {} });
      // Its deletion was broken off before it came to the schedule.
      else await keeper.dropSchedule(triggerId);
    },
    dispatch: ({ pipelineId }) => alive(keepReading(pipelineId)),
  };
}
