// What a cycle leaves in Temporal: events and bytes of its history.
import type { TaskloomClient } from '../client.js';
import { median } from './figures.js';

export interface HistorySize {
  events: number;
  bytes: number;
}

/** The median over the given workflows. */
export async function historySize({ temporal }: TaskloomClient, workflowIds: readonly string[]): Promise<HistorySize> {
  const sizes = await Promise.all(
    workflowIds.map(async (id) => {
      const { historyLength, historySize: bytes = 0 } = await temporal.workflow.getHandle(id).describe();
      return { events: historyLength, bytes };
    }),
  );
  return { events: median(sizes.map(({ events }) => events)), bytes: median(sizes.map(({ bytes }) => bytes)) };
}
