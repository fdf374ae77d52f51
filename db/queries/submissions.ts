// What was handed in and how it was judged.
import type pg from 'pg';
import type { FieldVerdict, Verdict } from '../../core/state.js';

export interface Submission {
  id: string;
  instanceId: string;
  node: string;
  performer: string;
  action: string;
  values: unknown;
  /** By JSON pointer: why a failed field stayed as it was. */
  answers: Record<string, string> | null;
  submittedAt: Date;
}

const columns = `s.id, s.instance_id as "instanceId", s.node, s.performer, s.action, p.values, s.answers,
  s.submitted_at as "submittedAt"`;
const from = 'submissions s left join payloads p on p.project_id = s.project_id and p.hash = s.payload_hash';

export async function submissionsOf(pool: pg.Pool, taskId: string): Promise<Submission[]> {
  const text = `select ${columns} from ${from} where s.task_id = $1 and s.superseded_at is null order by s.submitted_at, s.id`;
  return (await pool.query<Submission>(text, [taskId])).rows;
}

export interface Review {
  instanceId: string;
  node: string;
  reviewer: string;
  verdict: Verdict;
  comment: string | null;
  issueTags: string[];
  fields: string[];
  fieldVerdicts: FieldVerdict[];
  reviewedAt: Date;
}

export async function reviewsOf(pool: pg.Pool, taskId: string): Promise<Review[]> {
  const text = `select instance_id as "instanceId", node, reviewer, verdict, comment, issue_tags as "issueTags", fields,
                       field_verdicts as "fieldVerdicts", reviewed_at as "reviewedAt"
                  from reviews where task_id = $1 and superseded_at is null order by reviewed_at, id`;
  return (await pool.query<Review>(text, [taskId])).rows;
}
