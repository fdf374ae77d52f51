// Managers who run work again: they open what is done, put other values in its place, or run tasks again, once enough tasks are
// as their plan says. What is not come to before the work is over is left out, and told.
import { z } from 'zod';
import type { Answer } from './api.js';
import { listTasks } from './counts.js';
import type { Manager, Picked } from './crew.js';
import { answerField, formOf } from './definition.js';
import type { Floor } from './floor.js';
import { act } from './floor.js';
import { valuesFor } from './labels.js';
import { InputProblem } from './problems.js';
import type { TaskNode } from './task-nodes.js';
import { nodesOf } from './task-nodes.js';

export interface Again {
  /** Does what its time has come for. */
  look(): Promise<void>;
  tellLeft(): void;
}

/** A task that a plan is for. */
interface Found {
  id: string;
  name: string;
  nodes: TaskNode[];
}

interface Plan {
  /** As the crew says it, for whoever reads what became of it. */
  what: string;
  manager: Manager;
  picked: Picked;
  /** Its work has to be done. */
  doneAt: string | undefined;
  carryOut(found: readonly Found[]): Promise<void>;
}

const done: readonly string[] = ['finished', 'submitted'];
const runs = z.object({ items: z.array(z.object({ id: z.string(), node: z.string(), status: z.string() })) });
const reran = z.object({ items: z.array(z.object({ code: z.string().optional(), detail: z.string().optional() })) });

const standing = ({ nodes }: Found, key: string) =>
  nodes.find(({ node }) => node === key)?.instances.findLast(({ parentId }) => parentId === null);

function isLikeThat({ picked, doneAt }: Plan, nodes: readonly TaskNode[]): boolean {
  const statuses = new Map(nodes.map(({ node, status }) => [node, status]));
  if (doneAt !== undefined && !done.includes(statuses.get(doneAt) ?? '')) return false;
  return Object.entries(picked.at).every(([node, status]) => statuses.get(node) === status);
}

type Look = (taskId: string, version: number) => Promise<TaskNode[]>;

/** What has not changed is not read again. */
function createLook(floor: Floor): Look {
  const looked = new Map<string, { version: number; nodes: TaskNode[] }>();
  return async (taskId, version) => {
    const before = looked.get(taskId);
    if (before?.version === version) return before.nodes;
    const nodes = await floor.lanes(() => nodesOf(floor.scene, taskId));
    looked.set(taskId, { version, nodes });
    return nodes;
  };
}

/** The tasks of the plan in the order of their names; undefined while there are too few. */
async function findTasks(floor: Floor, plan: Plan, look: Look): Promise<Found[] | undefined> {
  const { tasks, status } = plan.picked;
  const wanted = typeof tasks === 'number' ? undefined : new Set(tasks);
  const found: Found[] = [];
  for await (const { id, version } of listTasks(floor.scene, status)) {
    const { name } = await floor.scene.meet(id);
    if (wanted && !wanted.has(name)) continue;
    const nodes = await look(id, version);
    if (isLikeThat(plan, nodes)) found.push({ id, name, nodes });
  }
  const enough = typeof tasks === 'number' ? tasks : tasks.length;
  return found.length < enough ? undefined : found.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, enough);
}

/** What was handed in, with the right answer. */
async function rightValues(floor: Floor, key: string, found: Found): Promise<object> {
  const form = formOf(floor.definition, key);
  const field = answerField(form);
  const values = valuesFor(form, field, floor.labels.right(field, await floor.scene.meet(found.id)));
  const handedIn = standing(found, key)?.submission?.values ?? {};
  return { ...values, ...handedIn, ...(field ? { [field.name]: values[field.name] } : {}) };
}

interface Desk {
  floor: Floor;
  manager: Manager;
  key: string;
}

/** Something for each task that was found. */
const eachOf = (work: (found: Found) => Promise<unknown>) => async (all: readonly Found[]) => {
  for (const found of all) await work(found);
};

const placeOf = (found: Found, node: string): string => `/node-instances/${standing(found, node)?.id ?? ''}`;

async function send({ floor, manager, key }: Desk, what: string, path: string, json: object): Promise<Answer> {
  const answer = await act(floor, key, path, json);
  if (!answer.ok) floor.say(`${manager.name} could not ${what}: ${answer.code}: ${answer.detail}`);
  return answer;
}

function reopensOf(desk: Desk): Plan[] {
  const { floor, manager } = desk;
  return manager.reopens.map(({ node, fix, action, ...picked }, index) => ({
    what: `reopens/${index}`,
    manager,
    picked,
    doneAt: node,
    carryOut: eachOf(async (found) => {
      const handedIn = fix ? { values: await rightValues(floor, node, found) } : {};
      const json = { ...handedIn, ...(action === undefined ? {} : { action }) };
      await send(desk, 'reopen', `${placeOf(found, node)}/reopen`, json);
    }),
  }));
}

function revisionsOf(desk: Desk): Plan[] {
  const { floor, manager } = desk;
  return manager.revisions.map(({ node, rerun, ...picked }, index) => ({
    what: `revisions/${index}`,
    manager,
    picked,
    doneAt: node,
    carryOut: eachOf(async (found) => {
      const json = { values: await rightValues(floor, node, found), ...(rerun ? { rerun } : {}) };
      await send(desk, 'revise', `${placeOf(found, node)}/revise`, json);
    }),
  }));
}

interface Selected {
  status: string;
  node: string | undefined;
}

async function rerunExecutions(desk: Desk, selected: Selected, how: object, all: readonly Found[]): Promise<void> {
  const { floor, manager, key } = desk;
  const { status, node } = selected;
  const executions: string[] = [];
  for (const { id } of all) {
    const { items } = runs.parse(await floor.scene.api.get(`/tasks/${id}/executions?by=programs`, key));
    const chosen = items.filter((run) => run.status === status && run.node === (node ?? run.node));
    executions.push(...chosen.map((run) => run.id));
  }
  if (executions.length === 0) {
    floor.say(`${manager.name} finds no execution that is ${status}`);
    return;
  }
  const answer = await send(desk, 'rerun', '/executions/rerun', { executions, ...how });
  for (const { code, detail } of answer.ok ? reran.parse(answer.body).items : [])
    if (code !== undefined) floor.say(`${manager.name} could not rerun: ${code}: ${detail ?? ''}`);
}

function rerunsOf(desk: Desk): Plan[] {
  const { manager } = desk;
  return manager.reruns.map(({ mode, node, executions, replace, ...picked }, index) => {
    const how = { mode, ...(replace ? { replace } : {}) };
    const at = node === undefined ? {} : { node };
    return {
      what: `reruns/${index}`,
      manager,
      picked,
      doneAt: undefined,
      carryOut: executions
        ? (all) => rerunExecutions(desk, { status: executions, node }, how, all)
        : eachOf(({ id }) => send(desk, 'rerun', `/tasks/${id}/rerun`, { ...how, ...at })),
    };
  });
}

function plansOf(floor: Floor, manager: Manager): Plan[] {
  const desk = { floor, manager, key: floor.scene.staff.get(manager.name)?.key ?? '' };
  return [...reopensOf(desk), ...revisionsOf(desk), ...rerunsOf(desk)];
}

/** A name that no node has would never be come to. */
function assertNodes(floor: Floor, { manager, what, picked, doneAt }: Plan): void {
  const known = floor.definition.nodes.map(({ key }) => key);
  const unknown = [doneAt ?? known[0] ?? '', ...Object.keys(picked.at)].find((node) => !known.includes(node));
  if (unknown !== undefined)
    throw new InputProblem(`${manager.name}, ${what}: there is no node "${unknown}"; there are ${known.join(', ')}`);
}

export function runAgain(floor: Floor, managers: readonly Manager[]): Again {
  const left = managers.flatMap((manager) => plansOf(floor, manager));
  for (const plan of left) assertNodes(floor, plan);
  const look = createLook(floor);

  return {
    async look() {
      for (const plan of [...left]) {
        if (floor.meter.actions < plan.picked.after) continue;
        const found = await findTasks(floor, plan, look);
        if (!found) continue;
        left.splice(left.indexOf(plan), 1);
        await plan.carryOut(found);
      }
    },
    tellLeft() {
      for (const { manager, what } of left)
        floor.say(`${manager.name}, ${what}: left out, as there were never so many tasks like that`);
    },
  };
}
