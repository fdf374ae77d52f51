// Reads what happens in a pipeline for the triggers that listen to it: in the order of transactions, and only what its cycle confirms. What it
// does not confirm now is parked, with all that follows of that cycle, so that other cycles' events go on.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { Firing } from '../core/entry.js';
import { taskData } from '../db/queries/scope.js';
import type { OutboxEvent, Trigger } from '../db/queries/triggers.js';
import { eventsAfterCursor, isSuperseded, parkedEvents, parkedStreams } from '../db/queries/triggers.js';
import { moveCursor, parkEvents, unparkEvent } from '../db/writes/triggers.js';
import { inLanes } from '../lanes.js';
import type { StreamKeeper } from './reconcile.js';

export type Fire = (trigger: Trigger, firing: Firing) => Promise<void>;

const pageSize = 100;
/** Streams with parked events that are asked at a time, and how long they are left alone then. */
const askedAtOnce = 10;
const askEveryMs = 2_000;

function listensTo({ settings, since }: Trigger, event: OutboxEvent): boolean {
  if (event.transaction < since) return false;
  if (settings.on === 'task.created') return event.isFirst;
  if (event.was === event.status) return false;
  const { status = event.status, outcome = event.outcome } = settings;
  return status === event.status && outcome === event.outcome;
}

/** Whether somebody's business, and if so whether it stands; undecided where its cycle has not said so. */
type Verdict = 'stands' | 'passed' | 'undecided';

export function createReader(pool: pg.Pool, keeper: Pick<StreamKeeper, 'standing'>, fireWith: Fire) {
  /** A record may hold what its workflow then forgot, with a server that was killed: asked is who knows. */
  async function verdictOn(event: OutboxEvent): Promise<Verdict> {
    const standing = await keeper.standing(event.streamId);
    if (await isSuperseded(pool, event)) return 'passed';
    if (standing.kind === 'silent') return 'undecided';
    if (standing.kind !== 'open') return 'stands';
    const { sequence, decidedAt } = standing.recorded;
    const isRecorded = sequence > event.sequence || (sequence === event.sequence && decidedAt === event.decidedAt);
    return isRecorded ? 'stands' : 'undecided';
  }

  /** False where it has to wait for its cycle. */
  async function hearOf(event: OutboxEvent, triggers: readonly Trigger[], parked: ReadonlySet<string>) {
    const listening = triggers.filter((trigger) => listensTo(trigger, event));
    if (listening.length === 0) return true;
    // What comes first of a cycle is heard of first.
    const verdict = parked.has(event.streamId) ? 'undecided' : await verdictOn(event);
    if (verdict === 'undecided') return false;
    const found = verdict === 'stands' ? await taskData(pool, event.taskId) : undefined;
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

  /** Streams that have waited longest; of each its events in order, as far as it confirms them. */
  async function readParked(pipelineId: string, triggers: readonly Trigger[]): Promise<void> {
    const parked = await parkedEvents(pool, pipelineId, { streams: askedAtOnce, notSinceMs: askEveryMs });
    const byStream = new Map<string, OutboxEvent[]>();
    for (const event of parked) byStream.set(event.streamId, [...(byStream.get(event.streamId) ?? []), event]);
    await inLanes(askedAtOnce, byStream.values(), async (events) => {
      for (const event of events) {
        if (!(await hearOf(event, triggers, new Set()))) {
          await parkEvents(pool, events);
          return;
        }
        await unparkEvent(pool, event);
      }
    });
  }

  /** True where there is more to read at once. */
  return async function readOn(pipelineId: string, triggers: readonly Trigger[]): Promise<boolean> {
    await readParked(pipelineId, triggers);
    const parked = new Set(await parkedStreams(pool, pipelineId));
    const events = await eventsAfterCursor(pool, pipelineId, pageSize);
    const waiting: OutboxEvent[] = [];
    for (const event of events) {
      if (await hearOf(event, triggers, parked)) continue;
      if (!parked.has(event.streamId)) {
        Context.current().log.info('an event waits for its cycle to confirm it', { streamId: event.streamId });
      }
      parked.add(event.streamId);
      waiting.push(event);
    }
    const last = events.at(-1);
    if (waiting.length > 0) await parkEvents(pool, waiting);
    if (last) await moveCursor(pool, pipelineId, last);
    return events.length === pageSize;
  };
}
