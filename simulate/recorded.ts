// Plays recorded answers: each worker claims a place at the very task that was answered, and hands the answer in.
import { z } from 'zod';
import type { Answer } from './api.js';
import { refused } from './api.js';
import type { RecordedAnswer } from './csv-files.js';
import { inLanes } from '../lanes.js';
import type { Meter } from './meter.js';
import type { Place, Places } from './places.js';
import { createPlaces } from './places.js';
import { InputProblem } from './problems.js';
import type { Scene } from './scene.js';

/** The work is not, or not any more, the worker's: claiming anew may help. */
const lostClaims = new Set(['NOT_CLAIMED', 'LEASE_LOST', 'NOT_HOLDER']);
const triesAtMost = 5;

const claimShape = z.object({ nodeInstanceId: z.string() });
const workShape = z.object({ items: z.array(z.object({ nodeInstanceId: z.string(), taskId: z.string() })) });

interface Player {
  scene: Scene;
  meter: Meter;
  places: Places;
}

async function act({ scene, meter }: Player, key: string, path: string, json: unknown): Promise<Answer> {
  const began = performance.now();
  const answer = await scene.api.send({ method: 'POST', path: `/node-instances/${path}`, key, json });
  if (answer.ok) meter.accepted(performance.now() - began);
  else meter.rejected(answer.code);
  return answer;
}

/** The claimed instance: of a vote a slot of the worker's own. */
async function claim(player: Player, key: string, taskId: string, { instanceId }: Place): Promise<string | undefined> {
  const answer = await act(player, key, `${instanceId}/claim`, {});
  if (answer.ok) return claimShape.parse(answer.body).nodeInstanceId;
  if (answer.code !== 'ALREADY_CLAIMED') return undefined;
  // A claim whose answer was lost for good: the work is there all the same.
  const { items } = workShape.parse(await player.scene.api.get('/me/work?limit=100', key));
  return items.find((item) => item.taskId === taskId)?.nodeInstanceId;
}

/** Claims and hands in; true when there is no use in trying again. */
async function handIn(player: Player, key: string, taskId: string, label: string): Promise<boolean> {
  const place = await player.places(taskId);
  if (!place) {
    player.meter.rejected('NO_OPEN_WORK');
    return true;
  }
  const instance = await claim(player, key, taskId, place);
  if (instance === undefined) return true;
  const { name, choices } = place.field;
  const values = { [name]: choices?.find((choice) => String(choice) === label) ?? label };
  const answer = await act(player, key, `${instance}/${place.command}`, { values });
  if (!answer.ok && answer.code === 'FORM_INVALID') throw refused(`the answer "${label}" to task ${taskId}`, answer);
  return answer.ok || !lostClaims.has(answer.code);
}

export async function playAnswers(
  scene: Scene,
  answers: readonly RecordedAnswer[],
  { lanes, meter }: { lanes: number; meter: Meter },
): Promise<void> {
  const tasks = new Map([...scene.tasks.values()].map(({ name, id }) => [name, id]));
  const player = { scene, meter, places: createPlaces(scene) };
  meter.begin();
  await inLanes(lanes, answers, async ({ task, worker, label }) => {
    const taskId = tasks.get(task);
    if (taskId === undefined) throw new InputProblem(`the answers name a task "${task}" that is not among the tasks`);
    for (let tries = 0; tries < triesAtMost; tries += 1) {
      if (await handIn(player, scene.staff.get(worker)?.key ?? '', taskId, label)) return;
    }
  });
}
