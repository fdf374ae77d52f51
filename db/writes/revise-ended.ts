// Revises work of a task that has ended, by the same record as any command; and where what comes after it is to run again, opens
// the next cycle in the same transaction, so that a refusal of either changes nothing.
import type pg from 'pg';
import type { Rejection } from '../../core/decision.js';
import type { ReviseEndedCommand } from '../../core/revise-ended.js';
import { decideReviseEnded } from '../../core/revise-ended.js';
import { resumeAfter } from '../../core/resume.js';
import type { TaskIdentity } from '../../core/state.js';
import { commandRecord } from '../../core/task-record.js';
import { inTransaction } from '../connection.js';
import { planOf } from '../queries/cycles-to-start.js';
import { formerCycle } from '../queries/former-cycle.js';
import type { Standing } from './open-next.js';
import { insertNext, lockedStanding, refused, wasVotedOn } from './open-next.js';
import { recordBody } from './record-body.js';

export interface ReviseEnded {
  task: TaskIdentity;
  command: ReviseEndedCommand;
  /** The workflow that does it, and its time. */
  workflowId: string;
  runId: string;
  at: number;
}

export type RevisedEnded =
  /** With the cycle that it has opened. */
  { kind: 'revised'; cycleId?: string } | { kind: 'refused'; rejection: Rejection };

/** What it came to, where an earlier try has done it. */
async function alreadyDone(
  client: pg.PoolClient,
  { workflowId, task, command }: ReviseEnded,
): Promise<RevisedEnded | undefined> {
  const text = `select (select c.id from cycles c where c.task_id = $2 and c.command_id = $3) as "cycleId" from streams where id = $1`;
  const { rows } = await client.query<{ cycleId: string | null }>(text, [workflowId, task.taskId, command.id]);
  const cycleId = rows[0]?.cycleId;
  return rows[0] && { kind: 'revised', ...(cycleId ? { cycleId } : {}) };
}

async function staleness(client: pg.PoolClient, { command }: ReviseEnded): Promise<RevisedEnded | undefined> {
  const { instance, expectedVersion } = command.revise;
  const { rows } = await client.query<{ version: number }>('select version from node_instances where id = $1', [
    instance,
  ]);
  const version = rows[0]?.version;
  if (expectedVersion === undefined || version === expectedVersion) return undefined;
  return refused('STALE_TASK', `it is at version ${String(version)}`);
}

async function runAfter(client: pg.PoolClient, now: Standing, { task, command }: ReviseEnded, node: string) {
  const { id: commandId, actor } = command;
  const resume = resumeAfter(planOf(now), await formerCycle(client, now.cycle_id), node);
  const next = { taskId: task.taskId, commandId, actor, mode: 'resume' as const };
  return insertNext(client, now, next, { mode: 'resume', actor, node, resume });
}

export async function reviseEnded(pool: pg.Pool, what: ReviseEnded): Promise<RevisedEnded> {
  const { command, workflowId, runId, at } = what;
  const { instance, submission, rerun } = command.revise;
  return inTransaction(pool, async (client) => {
    const now = await lockedStanding(client, what.task.taskId);
    const done = await alreadyDone(client, what);
    if (done) return done;
    if (!now) return refused('NOT_FOUND', 'the task is gone');
    if (!now.ended) return refused('NODE_CLOSED', 'the task was run again meanwhile: ask again');
    const stale = await staleness(client, what);
    if (stale) return stale;
    const decided = decideReviseEnded(planOf(now), await formerCycle(client, now.cycle_id), command, at);
    if (!decided.ok) return { kind: 'refused', rejection: decided.rejection };
    if (rerun && wasVotedOn(now)) return refused('REOPEN_REFUSED', 'it was voted on, and has ended');
    const task = { ...what.task, cycleId: now.cycle_id, versionId: now.version_id };
    const record = commandRecord(task, { workflowId, runId, at }, { ...decided.value, commandId: command.id });
    await client.query('select record_stream($1)', [JSON.stringify(recordBody(record))]);
    await client.query('update node_instances set submission_id = $2, version = version + 1 where id = $1', [
      instance,
      submission.id,
    ]);
    if (!rerun) return { kind: 'revised' };
    return { kind: 'revised', cycleId: await runAfter(client, now, what, decided.value.node) };
  });
}
