// After an answer, a read must show what was answered: at once, while others are at work.
import { runCycles, storeRows } from './cycle-side.js';
import { call } from './http.js';
import { runHttp, storeTasks } from './http-side.js';
import type { Scene } from './scene.js';

export interface ReadYourWrites {
  checked: number;
  violations: number;
  /** The first few, to look at. */
  examples: string[];
}

interface Shown {
  id: string;
  status: string;
  version: number;
}

interface Answered {
  nodeInstanceId: string;
  taskId: string;
  status: string;
  version?: number;
}

export async function checkReadYourWrites(scene: Scene, cycles: number, atOnce: number): Promise<ReadYourWrites> {
  const result: ReadYourWrites = { checked: 0, violations: 0, examples: [] };
  const compare = (how: string, answered: Answered, shown: Shown | undefined): void => {
    result.checked += 1;
    if (shown && isAsNew(answered, shown)) return;
    result.violations += 1;
    const { nodeInstanceId: id, status, version } = answered;
    if (result.examples.length < 3) result.examples.push(`${how}: ${JSON.stringify({ id, status, version, shown })}`);
  };
  await runCycles(scene, await storeRows(scene, cycles), atOnce, async (answered) => {
    const { rows } = await scene.pool.query<Shown>('select id, status, version from node_instances where id = $1', [
      answered.nodeInstanceId,
    ]);
    compare('SQL', answered, rows[0]);
  });
  await storeTasks(scene, cycles);
  await runHttp(scene, cycles, atOnce, {
    stored: true,
    look: async (answered) => {
      const url = `${scene.stack.apiUrl}/v1/tasks/${answered.taskId}/nodes`;
      const { items } = await call<{ items: { instances: Shown[] }[] }>(url, { key: scene.adminKey, method: 'GET' });
      compare(
        'HTTP',
        answered,
        items.flatMap(({ instances }) => instances).find(({ id }) => id === answered.nodeInstanceId),
      );
    },
  });
  return result;
}

/** Another lane may have gone on with the task since: then the version is a later one. */
function isAsNew(answered: Answered, shown: Shown): boolean {
  if (answered.version === undefined) return shown.status === answered.status;
  return shown.version === answered.version ? shown.status === answered.status : shown.version > answered.version;
}
