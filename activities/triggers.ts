// Fires triggers: those of a time when their schedule says so, those of events as the outbox tells them, behind its fence.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { Firing } from '../core/entry.js';
import { entryProblem } from '../core/entry.js';
import { cyclesOf } from '../db/queries/cycles-to-start.js';
import { findPipeline } from '../db/queries/pipelines.js';
import { taskData } from '../db/queries/scope.js';
import type { OutboxEvent, Trigger } from '../db/queries/triggers.js';
import { eventsAfterCursor, findTrigger, isSuperseded, triggersOn } from '../db/queries/triggers.js';
import { fire, moveCursor, noteTriggerError } from '../db/writes/triggers.js';
import { taskOfFiring } from '../language/trigger-task.js';
import { alive } from './alive.js';
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
const pageSize = 100;

function listensTo({ settings, since }: Trigger, event: OutboxEvent): boolean {
  if (event.transaction < since) return false;
  if (settings.on === 'task.created') return event.isFirst;
  if (event.was === event.status) return false;
  const { status = event.status, outcome = event.outcome } = settings;
  return status === event.status && outcome === event.outcome;
}

type Fire = (trigger: Trigger, firing: Firing) => Promise<void>;

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

/** Reads a pipeline's outbox for those who listen to it. */
function createReader(pool: pg.Pool, keeper: TriggerKeeper, fireWith: Fire) {
  /** A record may hold what its workflow then forgot, with a server that was killed: asked is who knows. */
  async function standsFor(event: OutboxEvent): Promise<'stands' | 'superseded' | 'undecided'> {
    const standing = await keeper.standing(event.streamId);
    if (await isSuperseded(pool, event)) return 'superseded';
    if (standing.kind !== 'open') return 'stands';
    const { sequence, decidedAt } = standing.recorded;
    const isRecorded = sequence > event.sequence || (sequence === event.sequence && decidedAt === event.decidedAt);
    return isRecorded ? 'stands' : 'undecided';
  }

  async function hearOf(event: OutboxEvent, triggers: readonly Trigger[]): Promise<boolean> {
    const listening = triggers.filter((trigger) => listensTo(trigger, event));
    const stands = listening.length === 0 ? 'superseded' : await standsFor(event);
    if (stands === 'undecided') return false;
    const found = stands === 'stands' ? await taskData(pool, event.taskId) : undefined;
    if (!found) return true;
    const { data, metadata, ...task } = found;
    for (const trigger of listening) {
      const key =
        trigger.settings.on === 'task.created'
          ? event.taskId
          : `${event.streamId}/${event.sequence}/${event.decidedAt}`;
      await fireWith(trigger, { key, data, metadata, task });
    }
    return true;
  }

  /** True where there is more to read at once. */
  async function readOn(pipelineId: string, triggers: readonly Trigger[]): Promise<boolean> {
    const events = await eventsAfterCursor(pool, pipelineId, pageSize);
    let last: OutboxEvent | undefined;
    for (const event of events) {
      if (!(await hearOf(event, triggers))) break;
      last = event;
    }
    if (last) await moveCursor(pool, pipelineId, last);
    return events.length === pageSize && last === events.at(-1);
  }

  return readOn;
}

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
