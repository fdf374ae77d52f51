// Where at a task an answer is handed in.
import type { Field } from './definition.js';
import { answerField, formOf } from './definition.js';
import { InputProblem } from './problems.js';
import type { Scene } from './scene.js';
import { nodesOf } from './task-nodes.js';

export interface Place {
  instanceId: string;
  command: 'vote' | 'submit';
  field: Field;
}

export type Places = (taskId: string) => Promise<Place | undefined>;

const closed = new Set(['pending', 'finished']);

async function findPlace(scene: Scene, taskId: string): Promise<Place | undefined> {
  for (const { node, kind, instances } of await nodesOf(scene, taskId)) {
    const open = instances.find(({ parentId, status }) => parentId === null && !closed.has(status));
    if (!open || (kind !== 'labeling' && kind !== 'consensus')) continue;
    const field = answerField(formOf(scene.definition, node));
    if (!field) throw new InputProblem(`the form of "${node}" has no field for an answer`);
    return { instanceId: open.id, command: kind === 'consensus' ? 'vote' : 'submit', field };
  }
  return undefined;
}

/** The first open one. A vote stays where it is for everybody; other work is looked for each time. */
export function createPlaces(scene: Scene): Places {
  const votes = new Map<string, Promise<Place | undefined>>();
  return async (taskId) => {
    const looking = votes.get(taskId) ?? findPlace(scene, taskId);
    votes.set(taskId, looking);
    const place = await looking;
    if (place?.command !== 'vote') votes.delete(taskId);
    return place;
  };
}
