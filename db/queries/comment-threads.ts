// Threads of comments on a task's work, and what was said in them.
import type pg from 'pg';

export interface Comment {
  id: string;
  number: number;
  author: string;
  text: string;
  createdAt: Date;
}

export interface Thread {
  id: string;
  number: number;
  taskId: string;
  projectId: string;
  node: string;
  submissionId: string | null;
  field: string | null;
  status: 'open' | 'resolved';
  resolvedBy: string | null;
  resolvedAt: Date | null;
  createdAt: Date;
  commentCount: number;
  /** The last ones, oldest first. */
  comments: Omit<Comment, 'number'>[];
}

const commentsShown = 50;

const columns = `t.id, t.number, t.task_id as "taskId", t.project_id as "projectId", t.node, t.submission_id as "submissionId", t.field,
  t.status, t.resolved_by as "resolvedBy", t.resolved_at as "resolvedAt", t.created_at as "createdAt",
  t.comment_count as "commentCount",
  (select coalesce(json_agg(json_build_object('id', c.id, 'author', c.author, 'text', c.text, 'createdAt', c.created_at)
                            order by c.number), '[]')
     from (select * from comments where thread_id = t.id order by number desc limit ${String(commentsShown)}) c) as comments`;

export async function findThread(pool: pg.Pool, id: string): Promise<Thread | undefined> {
  return (await pool.query<Thread>(`select ${columns} from comment_threads t where t.id = $1`, [id])).rows[0];
}

export interface ThreadsOf {
  taskId: string;
  nodes: readonly string[];
  status: Thread['status'] | undefined;
  /** The number of the last one seen. */
  after: number;
  limit: number;
}

/** A keyset page, oldest first. */
export async function listThreads(pool: pg.Pool, ask: ThreadsOf): Promise<Thread[]> {
  const text = `select ${columns} from comment_threads t
                 where t.task_id = $1 and t.node = any ($2::text[]) and ($3::text is null or t.status = $3) and t.number > $4
                 order by t.number limit $5`;
  return (await pool.query<Thread>(text, [ask.taskId, ask.nodes, ask.status ?? null, ask.after, ask.limit])).rows;
}

/** A keyset page, oldest first. */
export async function commentsOf(
  pool: pg.Pool,
  { threadId, after, limit }: { threadId: string; after: number; limit: number },
): Promise<Comment[]> {
  const text = `select id, number, author, text, created_at as "createdAt" from comments
                 where thread_id = $1 and number > $2 order by number limit $3`;
  return (await pool.query<Comment>(text, [threadId, after, limit])).rows;
}
