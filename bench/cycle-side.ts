// N of the product's cycles (labeling, review, complete), driven by client.ts. Their rows are stored before the clock starts.
import { randomUUID } from 'node:crypto';
import { newId } from '../api/new-id.js';
import { newTask } from '../language/new-task.js';
import type { StartCycle } from '../client/search-attributes.js';
import type { CommandType } from '../core/commands.js';
import { cycleWorkflowId, instanceId } from '../core/ids.js';
import type { CommandAnswer } from '../core/state.js';
import { cyclesOf } from '../db/queries/cycles-to-start.js';
import { closeBatch, openBatch, storeTasks } from '../db/staging/tasks.js';
import { inLanes } from './figures.js';
import type { Scene } from './scene.js';

export type Look = (answer: CommandAnswer) => Promise<void>;

export async function runCycles(
  scene: Scene,
  stored: readonly StartCycle[],
  atOnce: number,
  look?: Look,
): Promise<{ perSecond: number; ids: string[] }> {
  const perSecond = await inLanes(stored, atOnce, (start, lane) => cycle(scene, start, lane, look));
  return { perSecond, ids: stored.map(({ task }) => cycleWorkflowId(task.cycleId)) };
}

export async function storeRows({ pool, home, asked }: Scene, count: number): Promise<StartCycle[]> {
  asked.tasks += count;
  const batchId = `bat_${randomUUID()}`;
  const tasks = Array.from({ length: count }, (_, row) =>
    newTask(newId('tsk'), { data: { text: `item ${String(row)}` } }, row),
  );
  await openBatch(pool, { ...home, batchId, kind: 'api' });
  await storeTasks(pool, { ...home, batchId }, tasks);
  await closeBatch(pool, batchId);
  return cyclesOf(
    pool,
    tasks.map(({ id }) => id),
  );
}

async function cycle(scene: Scene, start: StartCycle, lane: number, look?: Look): Promise<void> {
  const { client, annotators, reviewers } = scene;
  const { cycleId } = start.task;
  const [annotator, reviewer] = [annotators[lane]?.id ?? '', reviewers[lane]?.id ?? ''];
  const send = async (type: CommandType, actor: string, node: string, fields: object = {}): Promise<void> => {
    const body = { actor: { id: actor }, instance: instanceId(cycleId, node, 1), receivedAt: Date.now(), ...fields };
    const id = randomUUID();
    for (;;) {
      const outcome = await client.command(cycleWorkflowId(cycleId), type, body, id);
      if (outcome.kind === 'pending') continue;
      if (outcome.kind !== 'answered') throw new Error(`${type} of ${cycleId}: ${JSON.stringify(outcome)}`);
      await look?.(outcome.answer);
      return;
    }
  };
  await client.startCycle(start);
  await send('claim', annotator, 'annotate');
  await send('submit', annotator, 'annotate', { submission: { id: `sub_${randomUUID()}`, hash: 'not stored' } });
  await send('claim', reviewer, 'qa');
  await send('approve', reviewer, 'qa');
}
