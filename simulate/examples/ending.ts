// How an example ended, read back through the API.
import { inLanes } from '../../lanes.js';
import type { Scene } from '../scene.js';
import type { TaskNode } from '../task-nodes.js';
import { nodesOf } from '../task-nodes.js';
import type { Ending } from './expectations.js';
import type { Thread } from './project.js';
import { cyclesOf, runsOf, tasksOfProject, threadsOf, timelineOf } from './project.js';
import type { Sightings } from './sightings.js';
import { statusIn } from './sightings.js';

const atOnce = 8;

type Counts = Record<string, number>;

const add = (counts: Counts, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

interface Tally {
  nodes: Record<string, Counts>;
  visits: Record<string, Counts>;
  cycles: Counts;
  submissions: number;
  reviews: Counts;
  fields: Record<string, Counts>;
  issueTags: Counts;
  threads: Counts;
  comments: number;
  executions: Counts;
  failures: Counts;
}

type Review = NonNullable<TaskNode['instances'][number]['review']>;

function countNode(tally: Tally, { node, status, instances }: TaskNode): void {
  const counts = (tally.nodes[node] ??= {});
  // A vote's slots are answers to one visit.
  const visits = instances.filter(({ parentId }) => parentId === null);
  for (const visit of visits.length === 0 ? [{ status }] : visits) add(counts, visit.status);
  const outcomes = (tally.visits[node] ??= {});
  for (const { outcome } of visits) if (outcome !== null) add(outcomes, outcome);
  for (const { submission, verdict, review } of instances) {
    if (submission) tally.submissions += 1;
    if (verdict !== null) add(tally.reviews, verdict);
    if (review) countReview(tally, review);
  }
}

function countReview(tally: Tally, { fieldVerdicts, issueTags }: Review): void {
  for (const { field, verdict } of fieldVerdicts ?? []) add((tally.fields[field] ??= {}), verdict);
  for (const tag of issueTags ?? []) add(tally.issueTags, tag);
}

function countThread(tally: Tally, { status, commentCount }: Thread): void {
  add(tally.threads, status);
  tally.comments += commentCount;
}

const nothing = (): Tally => ({
  nodes: {},
  visits: {},
  cycles: {},
  submissions: 0,
  reviews: {},
  fields: {},
  issueTags: {},
  threads: {},
  comments: 0,
  executions: {},
  failures: {},
});

/** Adds to what was seen on the way what the end and the timelines show. */
export async function readEnding(scene: Scene, seen: Sightings): Promise<Omit<Ending, 'rejections'>> {
  const [statuses, outcomes]: [Counts, Counts] = [{}, {}];
  const tally = nothing();
  const timeline = new Set<string>();
  const ids: string[] = [];
  for await (const { id, status, outcome } of tasksOfProject(scene)) {
    ids.push(id);
    seen.tasks.add(status);
    add(statuses, status);
    if (outcome !== null) add(outcomes, outcome);
  }
  await inLanes(atOnce, ids, async (id) => {
    for (const node of await nodesOf(scene, id)) {
      seen.nodes.add(node.status);
      for (const { status } of node.instances) seen.nodes.add(status);
      countNode(tally, node);
    }
    for (const { status, code } of await runsOf(scene, id)) {
      add(tally.executions, status);
      if (status === 'failed' && code !== null) add(tally.failures, code);
    }
    for (const { mode, status } of await cyclesOf(scene, id)) {
      add(tally.cycles, mode);
      // What it was, until it was run again.
      if (status === 'failed') seen.tasks.add(status);
    }
    for (const thread of await threadsOf(scene, id)) countThread(tally, thread);
    for (const entry of await timelineOf(scene, id)) {
      timeline.add(entry.type);
      const status = statusIn(entry);
      if (status !== undefined) seen.nodes.add(status);
    }
  });
  return {
    statuses,
    outcomes,
    ...tally,
    reached: seen.nodes,
    taskStatuses: seen.tasks,
    work: seen.work,
    tasks: ids.length,
    timeline,
  };
}
