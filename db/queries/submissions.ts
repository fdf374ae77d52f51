// What was handed in and how it was judged.
import type pg from 'pg';
import type { FieldVerdict, Verdict } from '../../core/state.js';
import { cycleIdOf } from './cycle-rows.js';

export interface Submission {
  id: string;
  /** Of the stream that recorded it. */
  cycleId: string;
  instanceId: string;
  node: string;
  performer: string;
  action: string;
  values: unknown;
  /** By JSON pointer: why a failed field stayed as it was. */
  answers: Record<string, string> | null;
  submittedAt: Date;
}

const columns = `handed.id, ${cycleIdOf('handed')} as "cycleId", handed.instance_id as "instanceId", handed.node, handed.performer, handed.action, p.values, handed.answers,
  handed.submitted_at as "submittedAt"`;
const from =
  'submissions handed left join payloads p on p.project_id = handed.project_id and p.hash = handed.payload_hash';

export async function submissionsOf(pool: pg.Pool, taskId: string): Promise<Submission[]> {
  const text = `select ${columns} from ${from} where handed.task_id = $1 and handed.superseded_at is null order by handed.submitted_at, handed.id`;
  return (await pool.query<Submission>(text, [taskId])).rows;
}

export interface Review {
  cycleId: string;
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
  const text = `select ${cycleIdOf('r')} as "cycleId", instance_id as "instanceId", node, reviewer, verdict, comment, issue_tags as "issueTags", fields,
                       field_verdicts as "fieldVerdicts", reviewed_at as "reviewedAt"
                  from reviews r where task_id = $1 and superseded_at is null order by reviewed_at, id`;
  return (await pool.query<Review>(text, [taskId])).rows;
}
