// How long the cycles' histories have become: asked of Temporal itself, as nothing else knows.
import { connectTemporal, createClient } from '../client.js';
import { cycleWorkflowId } from '../core/ids.js';
import { inLanes } from '../lanes.js';
import { percentile } from './meter.js';

export interface TemporalPlace {
  address: string;
  namespace: string;
}

export interface HistoryEvents {
  p50: number;
  max: number;
}

const askedAtMost = 200;
const atOnce = 8;

export async function historyEvents(
  { address, namespace }: TemporalPlace,
  cycleIds: readonly string[],
): Promise<HistoryEvents> {
  const connection = await connectTemporal({ connectionOptions: { address } });
  try {
    const { temporal } = createClient(connection, { namespace, taskQueue: 'taskloom' });
    const step = Math.max(1, Math.ceil(cycleIds.length / askedAtMost));
    const lengths: number[] = [];
    await inLanes(
      atOnce,
      cycleIds.filter((_, index) => index % step === 0),
      async (cycleId) => {
        lengths.push((await temporal.workflow.getHandle(cycleWorkflowId(cycleId)).describe()).historyLength);
      },
    );
    return { p50: percentile(lengths, 0.5), max: Math.max(0, ...lengths) };
  } finally {
    await connection.close();
  }
}
