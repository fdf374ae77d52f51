// Tasks with all that was done on them: a page is one statement, so that what a line says belongs together.
import type pg from 'pg';
import type { NodeKind } from '../../core/pipeline.js';
import type { VoteResult } from '../../core/state.js';
import type { Review, Submission } from './submissions.js';
import type { Task, TaskFilter } from './tasks.js';
import { pageOfTasks, taskColumns, tasksFrom } from './tasks.js';

export interface ExportedInstance {
  id: string;
  node: string;
  kind: NodeKind;
  visit: number;
  parentId: string | null;
  status: string;
  outcome: string | null;
  performer: string | null;
  result: VoteResult | null;
}

/** Times within are ISO texts, as they come out of JSON. */
type Told<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };

export interface ExportedTask extends Task {
  instances: ExportedInstance[];
  submissions: Told<Submission>[];
  reviews: Told<Review>[];
}

const listed = (object: string, from: string, order: string): string =>
  `coalesce((select json_agg(json_build_object(${object}) order by ${order}) from ${from}), '[]')`;

const instances = listed(
  `'id', n.id, 'node', n.node, 'kind', n.kind, 'visit', n.visit, 'parentId', n.parent_id, 'status', n.status,
   'outcome', n.outcome, 'performer', n.performer, 'result', n.result`,
  'node_instances n where n.task_id = t.id',
  'n.opened_at, n.visit, n.id',
);
const submissions = listed(
  `'id', s.id, 'instanceId', s.instance_id, 'node', s.node, 'performer', s.performer, 'action', s.action, 'values', p.values,
   'answers', s.answers, 'submittedAt', s.submitted_at`,
  `submissions s left join payloads p on p.project_id = s.project_id and p.hash = s.payload_hash
    where s.task_id = t.id and s.superseded_at is null`,
  's.submitted_at, s.id',
);
const reviews = listed(
  `'instanceId', r.instance_id, 'node', r.node, 'reviewer', r.reviewer, 'verdict', r.verdict, 'comment', r.comment,
   'issueTags', r.issue_tags, 'fields', r.fields, 'fieldVerdicts', r.field_verdicts, 'reviewedAt', r.reviewed_at`,
  'reviews r where r.task_id = t.id and r.superseded_at is null',
  'r.reviewed_at, r.id',
);

/** A keyset page in the order of creation. */
export async function exportedTasks(pool: pg.Pool, filter: TaskFilter): Promise<ExportedTask[]> {
  const { text, values } = pageOfTasks(filter);
  const select = `select ${taskColumns}, ${instances} as instances, ${submissions} as submissions, ${reviews} as reviews`;
  return (await pool.query<ExportedTask>(`${select} from ${tasksFrom} ${text}`, values)).rows;
}
