// N bare cycles: started, four updates each, so many at a time. Answers with cycles per second.
import { randomUUID } from 'node:crypto';
import { bareSteps } from './bare-workflow.js';
import type { BareAnswer, BareCommand } from './bare-workflow.js';
import { inLanes } from './figures.js';
import type { Scene } from './scene.js';
import { bareQueue } from './scene.js';

export const bareId = (id: string): string => `bare-${id}`;

export async function runBare(
  scene: Scene,
  cycles: number,
  atOnce: number,
): Promise<{ perSecond: number; ids: string[] }> {
  const ids = Array.from({ length: cycles }, () => bareId(randomUUID()));
  return { perSecond: await inLanes(ids, atOnce, (id) => bareCycle(scene, id)), ids };
}

async function bareCycle({ client: { temporal } }: Scene, workflowId: string): Promise<void> {
  await temporal.workflow.start('bareCycle', { workflowId, taskQueue: bareQueue, args: [] });
  const handle = temporal.workflow.getHandle(workflowId);
  for (const step of bareSteps) {
    const updateId = randomUUID();
    const command = { id: updateId, actor: { id: 'somebody' }, instance: `${workflowId}.1`, receivedAt: Date.now() };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await handle.executeUpdate<BareAnswer, [BareCommand]>(step, { args: [command], updateId });
        break;
      } catch (error) {
        // Under load the server aborts some updates; client.ts sends them again as well.
        if (attempt === 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
