// A cycle tells its batch where it stands towards checkpoints, once history holds it. Cycles whose pipeline has none tell nothing.
import { condition, patched, proxyActivities } from '@temporalio/workflow';
import type { CheckpointActivities } from '../activities/checkpoints.js';
import { standings } from '../core/checkpoints.js';
import { hearClock, readClock } from './pauses.js';
import type { Stream } from './stream.js';
import { apply } from './stream.js';

const { tellStandings } = proxyActivities<CheckpointActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
  summary: 'tell the batch where this task stands towards its checkpoints',
});

async function tell(stream: Stream, next: string): Promise<void> {
  stream.isTelling = true;
  const { state, decidedAt, sequence } = stream;
  const passed = await tellStandings({ task: state.task, standings: standings(state), decidedAt, sequence });
  // What it was let go for leads on; nothing of that is to be started while paused.
  if (passed.length > 0) hearClock(stream, await readClock(stream));
  stream.told = next;
  stream.isTelling = false;
  if (stream.state.status !== 'open') return;
  const fired = passed.map((node) => ({ type: 'checkpointFired' as const, node }));
  apply(stream, (_, at) => fired.map((event) => ({ ...event, at })));
}

/**
 * Postgres had a record that history has not, and it may have taken back what is held ({@link takenBack}): what the batch was told
 * last is known no more.
 */
export function tellAnew(stream: Stream): void {
  const { state } = stream;
  if (state.scope === undefined && standings(state).length > 0 && patched('told-anew')) stream.told = '';
}

/** One at a time, and each the latest: what lay between is nobody's concern. */
export function tellCheckpoints(stream: Stream): void {
  if (stream.isTelling || stream.state.task.batchId === undefined) return;
  const next = JSON.stringify(standings(stream.state));
  if (next !== stream.told) void tell(stream, next);
}

/** A cycle that is over is not waited for any more, and says so before it ends. */
export async function toldCheckpoints(stream: Stream): Promise<void> {
  tellCheckpoints(stream);
  if (!stream.isTelling) return;
  await condition(() => !stream.isTelling);
  await toldCheckpoints(stream);
}
