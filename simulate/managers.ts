// Synthetic managers: decide once about everything that is held, and never come back to what they leave.
import { heldStatuses, listTasks } from './counts.js';
import type { Manager } from './crew.js';
import { answerField, formOf } from './definition.js';
import type { Floor } from './floor.js';
import { act } from './floor.js';
import { answerOf, valuesFor } from './labels.js';
import { chance, pickByShare, pickOne } from './random.js';
import type { TaskNode } from './task-nodes.js';
import { nodesOf } from './task-nodes.js';

export interface Office {
  /** Decides about what is held and was not decided yet; true when there was nothing. */
  look(): Promise<boolean>;
}

interface Held {
  taskId: string;
  node: TaskNode;
  instance: TaskNode['instances'][number];
}

function bodyOf(floor: Floor, { taskId, node }: Held, manager: Manager, how: string, draw: () => number): object {
  if (how !== 'fixAndAccept') return { how };
  const form = formOf(floor.definition, node.node);
  const field = answerField(form);
  const task = floor.scene.tasks.get(taskId) ?? { name: taskId, gold: undefined };
  const skill = { accuracy: manager.accuracy ?? 1 };
  const answer = answerOf(skill, floor.labels.right(field, task), floor.labels.of(field), draw);
  return { how, values: valuesFor(form, field, answer) };
}

export function openOffice(floor: Floor, managers: readonly Manager[]): Office {
  const decided = new Set<string>();
  /** The version at which all of a task that is held had been decided. */
  const looked = new Map<string, number>();

  async function resolve(held: Held): Promise<void> {
    const { taskId, node, instance } = held;
    decided.add(instance.id);
    const name = floor.scene.tasks.get(taskId)?.name ?? taskId;
    const draw = chance(floor.seed, 'resolve', name, node.node, instance.visit);
    const manager = pickOne(managers, draw());
    const how = manager && pickByShare(manager.resolve, draw());
    if (!manager || how === undefined || how === 'leave') return;
    const body = bodyOf(floor, held, manager, how, draw);
    await act(floor, floor.scene.staff.get(manager.name)?.key ?? '', `/node-instances/${instance.id}/resolve`, body);
  }

  async function lookAt(taskId: string, version: number): Promise<boolean> {
    let nothing = true;
    for (const node of await floor.lanes(() => nodesOf(floor.scene, taskId))) {
      for (const instance of node.instances) {
        if (!heldStatuses.includes(instance.status) || decided.has(instance.id)) continue;
        nothing = false;
        await resolve({ taskId, node, instance });
      }
    }
    looked.set(taskId, version);
    return nothing;
  }

  return {
    async look() {
      if (managers.length === 0) return true;
      const held: { id: string; version: number }[] = [];
      for (const status of heldStatuses) {
        // The list first, whole: a look that fails while a page is on its way would have nobody to tell.
        for await (const task of listTasks(floor.scene, status))
          if (looked.get(task.id) !== task.version) held.push(task);
      }
      return (await Promise.all(held.map(({ id, version }) => lookAt(id, version)))).every((nothing) => nothing);
    },
  };
}
