// What an export says of a task: its data, where it stands, and what each node came to.
import type { NodeKind } from '../core/pipeline.js';
import type { ExportedInstance, ExportedTask } from '../db/queries/exported-tasks.js';
import { csvLine } from './csv-cells.js';
import type { Standing } from './present-cycle.js';
import { standingIn } from './present-cycle.js';
import { resultValues, valuesOf } from './results.js';

type Column = [name: string, value: (line: Line) => unknown];

/** Ends and gates hand nothing in. */
const isTold = (kind: NodeKind): boolean => !['start', 'gate', 'checkpoint', 'end'].includes(kind);

type Told = Standing<ExportedInstance, ExportedTask['submissions'][number]>;

const isJudge = ({ kind }: ExportedInstance): boolean => kind === 'review' || kind === 'consensus_review';

/** What stands for what was handed in at a visit; a fix of it came later. */
function handedInAt(standing: Told, last: ExportedInstance) {
  // Of a review: what it fixed.
  if (isJudge(last)) return standing.submissions.findLast(({ instanceId }) => instanceId === last.id);
  return last.submissionId === null ? undefined : lastOf(standing, last.node);
}

const lastOf = ({ submissions }: Told, key: string) => submissions.findLast(({ node }) => node === key);

function votesAt({ visits, submissions }: Told, { id }: ExportedInstance) {
  return visits.flatMap((slot) => {
    const vote = slot.parentId === id && submissions.findLast(({ instanceId }) => instanceId === slot.id);
    if (!vote) return [];
    const { performer, action, values, submittedAt } = vote;
    return [{ performer, action, values, submittedAt, counted: slot.outcome !== 'late' }];
  });
}

function resultAt(task: ExportedTask, standing: Told, last: ExportedInstance) {
  const { kind, visit, status, outcome, performer, result, node } = last;
  const handedIn = handedInAt(standing, last);
  const isAnswered = isJudge(last) || kind === 'consensus';
  const verdicts = standing
    .reviewsIn(task.reviews)
    .filter((review) => review.node === node)
    .map(({ node: _, instanceId: __, cycleId: ___, ...verdict }) => verdict);
  return {
    kind,
    visit,
    status,
    outcome,
    performer,
    values: result ? resultValues(result, task.submissions) : (handedIn?.values ?? null),
    submittedAt: (isAnswered ? lastOf(standing, node) : handedIn)?.submittedAt ?? null,
    ...(result?.tied ? { tied: result.tied.map((answer) => valuesOf(answer, task.submissions)) } : {}),
    ...(verdicts.length > 0 ? { verdicts } : {}),
    ...(kind === 'consensus' ? { votes: votesAt(standing, last) } : {}),
  };
}

function resultsOf(task: ExportedTask): Record<string, ReturnType<typeof resultAt>> {
  const { cycle, instances: visits, submissions } = task;
  const standing = standingIn(cycle, { visits, submissions });
  const nodes = new Set(standing.visits.filter(({ kind }) => isTold(kind)).map(({ node }) => node));
  return Object.fromEntries(
    [...nodes].flatMap((node) => {
      const last = standing.of(node);
      return last ? [[node, resultAt(task, standing, last)]] : [];
    }),
  );
}

/** One line of an export. */
export function lineOf(task: ExportedTask) {
  const { instances: _, submissions: __, reviews: ___, cycle: ______, version: ____, projectId: _____, ...own } = task;
  return { ...own, results: resultsOf(task) };
}
type Line = ReturnType<typeof lineOf>;

/** Columns that an import makes a task of have the names it knows them by; the others it passes over. */
const ownColumns: Column[] = [
  ['task', ({ id }) => id],
  ['external_id', ({ externalId }) => externalId],
  ['title', ({ dataTitle }) => dataTitle],
  ['priority', ({ priority }) => priority],
  ['due_at', ({ dueAt }) => dueAt?.toISOString()],
  ['tags', ({ tags }) => tags.join(';')],
  ['gold', ({ gold }) => gold],
  ['status', ({ status }) => status],
  ['outcome', ({ outcome }) => outcome],
  ['failure', ({ failure }) => failure],
  ['batch', ({ batchId }) => batchId],
  ['cycle', ({ cycleId }) => cycleId],
  ['created_at', ({ createdAt }) => createdAt.toISOString()],
  ['finished_at', ({ finishedAt }) => finishedAt?.toISOString()],
];

function nodeColumns({ key, kind }: { key: string; kind: NodeKind }): Column[] {
  const names = ['outcome', 'performer', 'values', 'submittedAt'] as const;
  const judged = kind === 'review' || kind === 'consensus_review' ? (['verdicts'] as const) : [];
  const voted = kind === 'consensus' ? (['votes'] as const) : [];
  return [...names, ...judged, ...voted].map((name) => [
    `results.${key}.${name}`,
    ({ results }) => (Object.hasOwn(results, key) ? results[key]?.[name] : null),
  ]);
}

/** How lines become a table of these fields of data and these nodes. */
export function createTable(fields: readonly string[], nodes: readonly { key: string; kind: NodeKind }[]) {
  const known = new Set(fields);
  const columns: Column[] = [
    ...ownColumns,
    ...fields.map((field): Column => [
      `data.${field}`,
      ({ data }) => (Object.hasOwn(data, field) ? data[field] : null),
    ]),
    ...nodes.filter(({ kind }) => isTold(kind)).flatMap(nodeColumns),
  ];
  return {
    header: csvLine(columns.map(([name]) => name)),
    row(line: Line): string {
      // A task that came after the columns were looked for: better no file than one that lacks something.
      const missing = Object.keys(line.data).find((field) => !known.has(field));
      if (missing !== undefined) throw new Error(`the task ${line.id} has a field of data that came later: ${missing}`);
      return csvLine(columns.map(([, value]) => value(line)));
    },
  };
}
