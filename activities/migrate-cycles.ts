// One page of a migration: each cycle is asked to move, or looked at whether it could. What comes of it is kept by cycle, so that
// a page that is done again changes nothing.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { Decision, Rejection } from '../core/decision.js';
import { cycleWorkflowId } from '../core/ids.js';
import type { PipelineClock } from '../core/clock.js';
import type { MigrateCommand } from '../core/migrate.js';
import { decideMigrate, readObstruction } from '../core/migrate.js';
import type { StreamState } from '../core/state.js';
import type { CycleToMigrate, Migration } from '../db/queries/pipeline-migrations.js';
import { cyclesToMigrate, findMigration } from '../db/queries/pipeline-migrations.js';
import { pipelineClock } from '../db/queries/pauses.js';
import { cyclesOf } from '../db/queries/cycles-to-start.js';
import type { MigratedCycle } from '../db/writes/migrated-cycles.js';
import { finishMigration, noteCycles } from '../db/writes/migrated-cycles.js';
import { inLanes } from '../lanes.js';
import type { CycleStarter } from './start-cycles.js';
import { startAll } from './start-cycles.js';

/** The part of the client that this needs; handed in by the worker. */
export interface CycleMover extends CycleStarter {
  /** `silent`: it runs and can't answer. */
  stateOf(
    workflowId: string,
  ): Promise<{ kind: 'answered'; answer: StreamState } | { kind: 'gone' | 'other' | 'closed' | 'silent' }>;
  migrate(
    workflowId: string,
    command: MigrateCommand,
  ): Promise<{ kind: 'answered' | 'pending' | 'busy' | 'closed' } | { kind: 'rejected'; rejection: Rejection }>;
}

export interface MigrateActivities {
  /** Answers with where to go on, or null at the end. */
  migratePage(page: { migrationId: string; after?: string }): Promise<string | null>;
}

const pageSize = 50;
const atOnce = 8;
/** Of a page, until a cycle that gives no answer stays where it is. */
const attempts = 3;

const outcomeOf = (
  decision: Decision<unknown>,
  well: MigratedCycle['outcome'],
): Omit<MigratedCycle, 'cycleId' | 'taskId'> => {
  if (decision.ok) return { outcome: well };
  const { code, detail } = decision.rejection;
  if (code === 'NODE_CLOSED') return { outcome: 'ended' };
  return { outcome: 'stays', ...(readObstruction(detail) ?? { reason: code, node: '' }) };
};

/** Mostly it passes: the page is done again, and who has moved by then says so. Where it does not, nobody else waits for that cycle. */
function unanswered(workflowId: string): Pick<MigratedCycle, 'outcome' | 'reason'> {
  const { info, log } = Context.current();
  if (info.attempt < attempts) throw new Error(`${workflowId} has not answered`);
  log.warn('it gives no answer; the migration goes on without it', { workflowId });
  return { outcome: 'stays', reason: 'NO_ANSWER' };
}

export function createMigrateActivities(pool: pg.Pool, mover: CycleMover): MigrateActivities {
  async function looked(workflowId: string, command: MigrateCommand) {
    const asked = await mover.stateOf(workflowId);
    if (asked.kind === 'silent') return unanswered(workflowId);
    if (asked.kind !== 'answered') return { outcome: 'ended' as const };
    return outcomeOf(decideMigrate(asked.answer, command, asked.answer.lastAt), 'movable');
  }

  async function moved(workflowId: string, command: MigrateCommand) {
    const answer = await mover.migrate(workflowId, command);
    if (answer.kind === 'closed') return { outcome: 'ended' as const };
    if (answer.kind === 'pending' || answer.kind === 'busy') return unanswered(workflowId);
    return outcomeOf(
      answer.kind === 'rejected' ? { ok: false, rejection: answer.rejection } : { ok: true, value: null },
      'moved',
    );
  }

  async function judged(
    { id, dryRun, startedBy }: Migration,
    clock: PipelineClock | null,
    cycle: CycleToMigrate,
  ): Promise<MigratedCycle> {
    const { taskId, cycleId, versionId, plan } = cycle;
    if (!cycle.started) await startAll(mover, await cyclesOf(pool, [taskId]));
    const command = { id, actor: { id: startedBy }, versionId, plan, ...(clock ? { clock } : {}) };
    const outcome = await (dryRun ? looked : moved)(cycleWorkflowId(cycleId), command);
    Context.current().heartbeat();
    return { cycleId, taskId, ...outcome };
  }

  return {
    async migratePage({ migrationId, after }) {
      const migration = await findMigration(pool, migrationId);
      if (!migration) return null;
      const page = await cyclesToMigrate(pool, migration, { after: after ?? '', limit: pageSize });
      const clock = await pipelineClock(pool, migration.pipelineId);
      const done: MigratedCycle[] = [];
      try {
        await inLanes(atOnce, page, async (cycle) => {
          done.push(await judged(migration, clock, cycle));
        });
      } finally {
        // Also of a page that is done again: what has moved by then is no longer among those to move.
        await noteCycles(pool, migrationId, done);
      }
      if (page.length === pageSize) return page.at(-1)?.cycleId ?? null;
      await finishMigration(pool, migrationId);
      return null;
    },
  };
}
