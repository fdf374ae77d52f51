// Which statuses tasks and their nodes are seen in: a look at the API now and then while the crew works.
import { setTimeout as pause } from 'node:timers/promises';
import type { Scene } from '../scene.js';
import type { Watch } from '../simulate.js';
import { nodesOf } from '../task-nodes.js';
import type { TimelineEntry } from './project.js';
import { tasksOfProject } from './project.js';

export interface Sightings {
  tasks: Set<string>;
  nodes: Set<string>;
  /** The work that people claimed, by node. */
  work: Map<string, unknown[]>;
}

const lookEveryMs = 200;

/** Has a first look before anybody works. */
export async function watchStatuses(scene: Scene, seen: Sightings): Promise<Watch> {
  /** The version at which a task was looked at. */
  const looked = new Map<string, number>();
  const ending = new AbortController();

  async function look(): Promise<void> {
    for await (const { id, status, version } of tasksOfProject(scene)) {
      seen.tasks.add(status);
      if (looked.get(id) === version) continue;
      looked.set(id, version);
      for (const node of await nodesOf(scene, id)) {
        seen.nodes.add(node.status);
        for (const instance of node.instances) seen.nodes.add(instance.status);
      }
    }
  }

  async function lookUntilOver(): Promise<void> {
    while (!ending.signal.aborted) {
      await look();
      await pause(lookEveryMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  await look();
  const looking = lookUntilOver();
  // Told by `stop`; until then nobody waits for it.
  looking.catch(() => undefined);
  return {
    handedOut(node, work) {
      seen.work.set(node, [...(seen.work.get(node) ?? []), work]);
    },
    async stop() {
      ending.abort();
      await looking;
    },
  };
}

/** The status that an entry of the timeline put a node into, where the entry says so. */
export function statusIn({ type, detail }: TimelineEntry): string | undefined {
  if (type === 'opened' || type === 'reworkStarted') return detail.status;
  return type === 'claimed' || type === 'escalated' || type === 'finished' ? type : undefined;
}
