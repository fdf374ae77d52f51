// What came out for each task, read back through the API and compared with what is known to be right.
import type { Definition, Field } from './definition.js';
import { answerField, formOf } from './definition.js';
import { goldOf } from './labels.js';
import { inLanes } from '../lanes.js';
import { rounded } from './meter.js';
import type { Scene } from './scene.js';
import type { TaskNode } from './task-nodes.js';
import { nodesOf } from './task-nodes.js';

export interface Results {
  /** Of the tasks with a result and a known truth; undefined where there is none. */
  accuracy: number | undefined;
  /** undefined where the pipeline has no vote. */
  ties: number | undefined;
}

interface Outcome {
  field: Field;
  /** More than one where they tied. */
  answers: unknown[];
  tied: boolean;
}

const answering = ['labeling', 'consensus', 'consensus_review'];

function fieldsOf(definition: Definition): Map<string, Field> {
  return new Map(
    definition.nodes.flatMap(({ key, kind, reviews }) => {
      const answered = kind === 'consensus_review' ? (reviews ?? key) : key;
      const field = answering.includes(kind) ? answerField(formOf(definition, answered)) : undefined;
      return field ? [[key, field] as const] : [];
    }),
  );
}

const valueOf = (values: unknown, field: Field): unknown => (values as Record<string, unknown> | null)?.[field.name];

/** The answer of the last node that has one: of a vote its result, else the last submission that nothing replaced. */
function outcomeOf(nodes: readonly TaskNode[], fields: ReadonlyMap<string, Field>): Outcome | undefined {
  for (const { node, kind, instances } of nodes.toReversed()) {
    const field = fields.get(node);
    if (!field) continue;
    if (kind !== 'labeling') {
      const result = instances.findLast(({ parentId, result }) => parentId === null && result !== null)?.result;
      if (!result) continue;
      const given = result.tied ?? [result.values];
      return { field, answers: given.map((values) => valueOf(values, field)), tied: result.tied !== undefined };
    }
    const last = instances.findLast(({ submission, outcome }) => submission !== null && outcome !== 'superseded');
    if (last?.submission) return { field, answers: [valueOf(last.submission.values, field)], tied: false };
  }
  return undefined;
}

/** A tie among k answers with the right one among them counts 1/k. */
export function scoreOf(answers: readonly unknown[], truth: string): number {
  return answers.some((answer) => String(answer) === truth) ? 1 / answers.length : 0;
}

export async function readResults(scene: Scene, finished: readonly string[], lanes: number): Promise<Results> {
  const fields = fieldsOf(scene.definition);
  let [ties, judged, right] = [0, 0, 0];
  await inLanes(lanes, finished, async (taskId) => {
    const outcome = outcomeOf(await nodesOf(scene, taskId), fields);
    if (!outcome) return;
    if (outcome.tied) ties += 1;
    const truth = goldOf(scene.tasks.get(taskId)?.gold, outcome.field);
    if (truth === undefined) return;
    judged += 1;
    right += scoreOf(outcome.answers, truth);
  });
  const votes = scene.definition.nodes.some(({ kind }) => kind === 'consensus');
  return { accuracy: judged === 0 ? undefined : rounded(right / judged, 4), ties: votes ? ties : undefined };
}
