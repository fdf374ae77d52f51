// Managers who pause the pipeline, or a node of it, in the middle of the work, and resume it after a while.
import type { Manager } from './crew.js';
import type { Floor } from './floor.js';
import { act, rest } from './floor.js';

type Pause = Manager['pauses'][number];

const lookEveryMs = 20;

async function pauseOnce(floor: Floor, manager: Manager, { after, ms, mode, node }: Pause): Promise<void> {
  while (floor.meter.actions < after && !floor.over.aborted) await rest(floor, lookEveryMs);
  if (floor.over.aborted) return;
  const key = floor.scene.staff.get(manager.name)?.key;
  const path = `/pipelines/${floor.scene.pipelineId}${node === undefined ? '' : `/nodes/${node}`}`;
  const paused = await act(floor, key, `${path}/pause`, mode === undefined ? {} : { mode });
  if (!paused.ok) floor.say(`${manager.name} could not pause: ${paused.code}`);
  await rest(floor, ms);
  await act(floor, key, `${path}/resume`, {});
}

/** One after another; what is not come to before the work is over is left out. */
export async function takePauses(floor: Floor, manager: Manager): Promise<void> {
  for (const pause of manager.pauses) await pauseOnce(floor, manager, pause);
}
