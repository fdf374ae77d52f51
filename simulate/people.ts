// Synthetic workers: each asks for the next work, thinks, and hands it in, one piece at a time.
import { z } from 'zod';
import type { Worker } from './crew.js';
import { answerField } from './definition.js';
import type { Floor } from './floor.js';
import { rest } from './floor.js';
import { createHandIn } from './hand-in.js';
import { reviewedForm, reworkByField, taskOf, verdictByField } from './by-field.js';
import { answerOf, fieldByField, goldOf, valuesFor } from './labels.js';
import { chance, pickByShare } from './random.js';
import { talk } from './talk.js';
import type { Command, Work } from './work.js';
import { workShape } from './work.js';

const claimShape = z.object({ items: z.array(workShape) });

const shortestRestMs = 100;
const longestRestMs = 1_000;
const usualPassRate = 0.9;

/** Whether the reviewed work equals the gold; undefined where that can't be said. */
function isRight(floor: Floor, work: Work): boolean | undefined {
  const field = answerField(reviewedForm(floor, work));
  const gold = goldOf(taskOf(floor, work).gold, field);
  if (gold === undefined || !field) return undefined;
  const values = (work.reviewed?.values ?? {}) as Record<string, unknown>;
  return String(values[field.name]) === gold;
}

function passShare(floor: Floor, { judge, passRate = usualPassRate }: Worker, work: Work): number {
  const right = judge && isRight(floor, work);
  if (!judge || right === undefined) return passRate;
  return right ? judge.right : judge.wrong;
}

/** An action other than the usual one: it is submitted, or voted for, with nothing but what the form demands. */
function chosenAction(floor: Floor, worker: Worker, work: Work, draw: () => number): string | undefined {
  if (draw() < worker.discardRate && work.actions.includes('discard')) return 'discard';
  const task = taskOf(floor, work);
  const shares = worker.actions?.[task.gold ?? floor.labels.right(answerField(work.form), task)];
  if (!shares) return undefined;
  const possible = Object.entries(shares).filter(([action]) => work.actions.includes(action));
  const action = pickByShare(Object.fromEntries(possible), draw());
  return action === work.actions[0] || action === 'approve' || action === 'reject' ? undefined : action;
}

/** What was handed in, with the right answer. */
function putRight(floor: Floor, work: Work): object {
  const form = reviewedForm(floor, work);
  const field = answerField(form);
  const values = valuesFor(form, field, floor.labels.right(field, taskOf(floor, work)));
  const handedIn = work.reviewed?.values ?? {};
  return { ...handedIn, ...(field ? { [field.name]: values[field.name] } : {}) };
}

function verdictOn(floor: Floor, worker: Worker, work: Work, draw: () => number): Command {
  const byField = worker.byField > 0 && draw() < worker.byField ? verdictByField(floor, worker, work, draw) : undefined;
  if (byField) return byField;
  if (draw() < passShare(floor, worker, work)) return { path: 'approve', json: {} };
  if (worker.fixRate > 0 && draw() < worker.fixRate)
    return { path: 'approve', json: { values: putRight(floor, work), comment: 'put right in a rehearsal' } };
  return { path: 'reject', json: { comment: 'rejected in a rehearsal' } };
}

/** Of the answers to choose from the one that most voted for; of several such the first. */
function verdictOnVotes(floor: Floor, worker: Worker, work: Work, draw: () => number): Command {
  const { options, reviewed } = work;
  const passes = draw() < passShare(floor, worker, work);
  if (!passes && worker.fixRate > 0 && draw() < worker.fixRate)
    return { path: 'approve', json: { values: putRight(floor, work) } };
  const [pick] = [...options].sort((a, b) => b.votes - a.votes);
  if (!passes || (!pick && !reviewed)) return { path: 'reject', json: { comment: 'rejected in a rehearsal' } };
  return { path: 'approve', json: reviewed ? {} : { pick: pick?.submissionId } };
}

/** A program answers by callback, with one of the node's pathways. */
function pathwayOf(answers: Readonly<Record<string, number>>, work: Work, draw: () => number): Command {
  const possible = Object.entries(answers).filter(([pathway]) => work.actions.includes(pathway));
  const pathway = pickByShare(Object.fromEntries(possible), draw());
  const values = valuesFor(work.form, undefined, '');
  return { path: 'callback', json: { ...(pathway === undefined ? {} : { pathway }), values } };
}

/** What takes no thought: drawn only where somebody does it, so that the stories of other crews stay as they were. */
function readyMade(worker: Worker, work: Work, draw: () => number): Command | undefined {
  if (worker.skipRate > 0 && draw() < worker.skipRate)
    return { path: 'skip', json: { reason: 'skipped in a rehearsal' } };
  if (work.kind === 'external' && worker.answers) return pathwayOf(worker.answers, work, draw);
  // Later visits have what was rejected as their draft.
  const suggested = work.suggestion?.values ?? (work.visit === 1 ? work.draft : undefined);
  return suggested && worker.trust > 0 && draw() < worker.trust
    ? { path: 'submit', json: { values: suggested } }
    : undefined;
}

/** What a person does with a piece of work: by the seed, the task, the person, the node and the visit alone. */
function decide(floor: Floor, worker: Worker, work: Work, draw: () => number): Command {
  const ready = readyMade(worker, work, draw);
  if (ready) return ready;
  const handIn = work.kind === 'consensus' ? 'vote' : 'submit';
  const action = chosenAction(floor, worker, work, draw);
  if (action !== undefined) {
    const values = action === 'discard' ? {} : valuesFor(work.form, undefined, '');
    return { path: handIn, json: { action, values } };
  }
  if (work.kind === 'review') return verdictOn(floor, worker, work, draw);
  if (work.kind === 'consensus_review') return verdictOnVotes(floor, worker, work, draw);
  const rework = reworkByField(floor, worker, work, draw);
  if (rework) return rework;
  const field = answerField(work.form);
  const task = taskOf(floor, work);
  const answer = answerOf(worker, floor.labels.right(field, task), floor.labels.of(field), draw);
  const values = {
    ...valuesFor(work.form, field, answer),
    ...fieldByField(floor.labels, worker, work.form, { task, field, draw }),
  };
  if (worker.handOver > 0 && draw() < worker.handOver) return { path: 'release', json: { values } };
  return { path: handIn, json: { values } };
}

const isRash = ({ recalls }: Worker, { path }: Command, draw: () => number): boolean =>
  path === 'submit' && recalls > 0 && draw() < recalls;

/** Exponential, so that some pieces take much longer than most. */
const thinkingTime = (worker: Worker, draw: () => number): number => -worker.speed * Math.log(1 - draw());

type Claimed = Work | 'none' | 'never';

/** Asks for work in one pipeline after another: `never` where none of them has a node for this person's role. */
function createClaims(floor: Floor, key: string): () => Promise<Claimed> {
  const pipelines = new Set(floor.scene.pipelines.map(({ id }) => id));

  async function claimAt(pipelineId: string): Promise<Claimed> {
    const path = `/pipelines/${pipelineId}/claim-next`;
    const began = performance.now();
    const answer = await floor.lanes(() => floor.scene.api.send({ method: 'POST', path, key, json: {} }));
    if (!answer.ok) {
      floor.meter.rejected(answer.code);
      return answer.code === 'FORBIDDEN' ? 'never' : 'none';
    }
    const [work] = claimShape.parse(answer.body).items;
    if (!work) return 'none';
    await floor.scene.meet(work.taskId);
    floor.handedOut(work.node, (answer.body as { items: unknown[] }).items[0]);
    floor.meter.accepted(performance.now() - began);
    return work;
  }

  return async () => {
    for (const id of pipelines) {
      const work = await claimAt(id);
      if (work === 'never') pipelines.delete(id);
      else if (work !== 'none') return work;
    }
    return pipelines.size === 0 ? 'never' : 'none';
  };
}

/** Nobody waits for who has yet to come. */
async function come(floor: Floor, { name, after }: Worker): Promise<void> {
  if (after === 0) return;
  floor.emptyHanded.set(name, Infinity);
  while (floor.meter.actions < after && !floor.over.aborted) await rest(floor, shortestRestMs);
  floor.emptyHanded.delete(name);
}

export async function workAt(floor: Floor, worker: Worker): Promise<void> {
  const key = floor.scene.staff.get(worker.name)?.key ?? '';
  const nextWork = createClaims(floor, key);
  const hands = createHandIn(floor, key);
  /** How often this person has had that piece before: who gets it back after a lease ran out may act otherwise. */
  const times = new Map<string, number>();

  async function handle(work: Work): Promise<void> {
    const name = floor.scene.tasks.get(work.taskId)?.name ?? work.taskId;
    const before = times.get(work.nodeInstanceId) ?? 0;
    times.set(work.nodeInstanceId, before + 1);
    const draw = chance(floor.seed, name, worker.name, work.node, work.visit, before);
    if (draw() < worker.dropOut) {
      floor.abandoned.set(work.nodeInstanceId, Date.parse(work.leaseUntil ?? '') || 0);
      return;
    }
    const thinking = thinkingTime(worker, draw);
    if (thinking > 0) await rest(floor, thinking);
    const command = decide(floor, worker, work, draw);
    const isTalking = worker.threads > 0 && draw() < worker.threads;
    if (isTalking) await talk(floor, key, work, command);
    const taken = await hands.handIn(work, command);
    if (taken && isRash(worker, command, draw)) await hands.thinkAgain(work);
  }

  await come(floor, worker);
  for (let restMs = shortestRestMs; !floor.over.aborted;) {
    const asked = performance.now();
    const work = await nextWork();
    if (work === 'never') {
      floor.say(`${worker.name} finds no node that a ${worker.role} works at`);
      floor.emptyHanded.set(worker.name, Infinity);
      return;
    }
    if (work === 'none') {
      floor.emptyHanded.set(worker.name, asked);
      await rest(floor, restMs);
      restMs = Math.min(restMs * 1.5, longestRestMs);
    } else {
      floor.emptyHanded.delete(worker.name);
      floor.busy.add(worker.name);
      await handle(work);
      floor.busy.delete(worker.name);
      restMs = shortestRestMs;
    }
  }
}
