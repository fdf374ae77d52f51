// Tasks with all that was done on them: a page is one statement, so that what a line says belongs together.
import type pg from 'pg';
import type { NodeKind } from '../../core/pipeline.js';
import type { VoteResult } from '../../core/state.js';
import type { CycleStanding } from './cycle-rows.js';
import { cycleIdOf } from './cycle-rows.js';
import type { Review, Submission } from './submissions.js';
import type { Task, TaskFilter } from './tasks.js';
import { pageOfTasks, taskColumns, tasksFrom } from './tasks.js';

export interface ExportedInstance {
  id: string;
  node: string;
  kind: NodeKind;
  visit: number;
  streamId: string;
  cycleId: string;
  submissionId: string | null;
  finishedAt: string | null;
  parentId: string | null;
  status: string;
  outcome: string | null;
  performer: string | null;
  result: VoteResult | null;
}

/** Times within are ISO texts, as they come out of JSON. */
type Told<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };

export interface ExportedTask extends Task {
  cycle: CycleStanding;
  instances: ExportedInstance[];
  submissions: Told<Submission>[];
  reviews: Told<Review>[];
}

const listed = (object: string, from: string, order: string): string =>
  `coalesce((select json_agg(json_build_object(${object}) order by ${order}) from ${from}), '[]')`;

const instances = listed(
  `'id', n.id, 'node', n.node, 'kind', n.kind, 'visit', n.visit, 'streamId', n.stream_id, 'cycleId', ${cycleIdOf('n')},
   'submissionId', n.submission_id, 'finishedAt', n.finished_at, 'parentId', n.parent_id, 'status', n.status,
   'outcome', n.outcome, 'performer', n.performer, 'result', n.result`,
  'node_instances n where n.task_id = t.id',
  'n.opened_at, n.visit, n.id',
);
const submissions = listed(
  `'id', h.id, 'cycleId', ${cycleIdOf('h')}, 'instanceId', h.instance_id, 'node', h.node, 'performer', h.performer, 'action', h.action,
   'values', p.values, 'answers', h.answers, 'submittedAt', h.submitted_at`,
  `submissions h left join payloads p on p.project_id = h.project_id and p.hash = h.payload_hash
    where h.task_id = t.id and h.superseded_at is null`,
  'h.submitted_at, h.id',
);
const reviews = listed(
  `'cycleId', ${cycleIdOf('r')}, 'instanceId', r.instance_id, 'node', r.node, 'reviewer', r.reviewer, 'verdict', r.verdict, 'comment', r.comment,
   'issueTags', r.issue_tags, 'fields', r.fields, 'fieldVerdicts', r.field_verdicts, 'reviewedAt', r.reviewed_at`,
  'reviews r where r.task_id = t.id and r.superseded_at is null',
  'r.reviewed_at, r.id',
);

const cycle = `json_build_object('id', t.cycle_id, 'endedAt', (select c.ended_at from cycles c where c.id = t.cycle_id),
  'resume', (select c.rerun -> 'resume' from cycles c where c.id = t.cycle_id))`;

/** A keyset page in the order of creation. */
export async function exportedTasks(pool: pg.Pool, filter: TaskFilter): Promise<ExportedTask[]> {
  const { text, values } = pageOfTasks(filter);
  const select = `select ${taskColumns}, ${cycle} as cycle, ${instances} as instances, ${submissions} as submissions, ${reviews} as reviews`;
  return (await pool.query<ExportedTask>(`${select} from ${tasksFrom} ${text}`, values)).rows;
}
