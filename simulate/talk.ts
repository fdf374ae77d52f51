// Comment threads beside the work: who fails a field says there what is wrong with it, its author answers, and who passes it
// resolves what is open.
import { z } from 'zod';
import type { FieldVerdict } from './by-field.js';
import type { Floor } from './floor.js';
import { act } from './floor.js';
import type { Command, Work } from './work.js';

const threads = z.object({ items: z.array(z.object({ id: z.string(), field: z.string().nullable() })) });

async function openThreads(floor: Floor, key: string, taskId: string, node: string) {
  const path = `/tasks/${taskId}/threads?node=${node}&status=open&limit=500`;
  return threads.parse(await floor.lanes(() => floor.scene.api.get(path, key))).items;
}

const failedIn = ({ fieldVerdicts = [] }: { fieldVerdicts?: FieldVerdict[] }) =>
  fieldVerdicts.flatMap(({ field, comment }) => (comment === undefined ? [] : [{ field, comment }]));

/** Said before the work is handed in, while it is the talker's own. */
export async function talk(floor: Floor, key: string, work: Work, { path, json }: Command): Promise<void> {
  const reviewed = floor.definition.nodes.find((node) => node.key === work.node)?.reviews;
  const node = reviewed ?? work.node;
  const open = await openThreads(floor, key, work.taskId, node);
  const say = (id: string, text: string) => act(floor, key, `/threads/${id}/comments`, { text });

  if (path === 'submit' && work.rejected) for (const { id } of open) await say(id, 'looked at again');
  if (path === 'approve') for (const { id } of open) await act(floor, key, `/threads/${id}/resolve`, {});
  if (path !== 'reject') return;
  for (const { field, comment: text } of failedIn(json)) {
    const same = open.find((thread) => thread.field === field);
    if (same) await say(same.id, text);
    else await act(floor, key, `/tasks/${work.taskId}/threads`, { node, field, text });
  }
}
