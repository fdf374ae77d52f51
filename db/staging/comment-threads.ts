// What people say to each other about submitted work. The API owns it: no cycle decides by it.
import type pg from 'pg';
import { inTransaction } from '../connection.js';

export interface NewThread {
  id: string;
  taskId: string;
  projectId: string;
  node: string;
  submissionId: string | null;
  field: string | null;
  first: NewComment;
}

export interface NewComment {
  id: string;
  author: string;
  text: string;
}

/** Written again with the same id it changes nothing. */
const comment = `
  with added as (
    insert into comments (id, thread_id, author, text) values ($1, $2, $3, $4) on conflict (id) do nothing returning id)
  update comment_threads set comment_count = comment_count + (select count(*) from added) where id = $2`;

export async function addThread(pool: pg.Pool, thread: NewThread): Promise<void> {
  const { id, taskId, projectId, node, submissionId, field, first } = thread;
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into comment_threads (id, task_id, project_id, node, submission_id, field) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do nothing`,
      [id, taskId, projectId, node, submissionId, field],
    );
    await client.query(comment, [first.id, id, first.author, first.text]);
  });
}

export async function addComment(pool: pg.Pool, threadId: string, { id, author, text }: NewComment): Promise<void> {
  await pool.query(comment, [id, threadId, author, text]);
}

/** One that is resolved already keeps who resolved it and when. */
export async function resolveThread(pool: pg.Pool, threadId: string, memberId: string): Promise<void> {
  await pool.query(
    `update comment_threads set status = 'resolved', resolved_by = $2, resolved_at = now() where id = $1 and status = 'open'`,
    [threadId, memberId],
  );
}

export async function reopenThread(pool: pg.Pool, threadId: string): Promise<void> {
  await pool.query(`update comment_threads set status = 'open', resolved_by = null, resolved_at = null where id = $1`, [
    threadId,
  ]);
}
