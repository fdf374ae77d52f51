// With client/, the only importer of @temporalio/client: one typed function per command and query. Turns what Temporal says into values.
import { Client, Connection } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { UpdateDefinition } from '@temporalio/common';
import type { Asked } from './client/ask.js';
import { ask, askAnyway, isRunning, whenQuiet } from './client/ask.js';
import { createBatchKeeper } from './client/batches.js';
import { createEntry } from './client/entry.js';
import { reached } from './client/errors.js';
import { createGates } from './client/gates.js';
import { createRerunner } from './client/rerun.js';
import { recordedInHistory } from './client/recorded.js';
import { createReleaser } from './client/free-work.js';
import type { StartCycle } from './client/search-attributes.js';
import { attributesOf } from './client/search-attributes.js';
import type { CommandOutcome } from './client/send-update.js';
import { sendUpdate } from './client/send-update.js';
import { startOnce } from './client/start-once.js';
import { editEnded, reviseEnded } from './client/task-command.js';
import { createUpkeep } from './client/upkeep.js';
import type { PipelineClock } from './core/clock.js';
import type { CommandType } from './core/commands.js';
import { defined } from './core/defined.js';
import type { EditCommand } from './core/edits.js';
import { cycleWorkflowId, importWorkflowId, migrationWorkflowId, resumeWorkflowId } from './core/ids.js';
import type { MigrateCommand } from './core/migrate.js';
import type { PauseCommand } from './core/pauses.js';
import type { RecordedUpTo } from './core/record.js';
import type { Replacement } from './core/replaced.js';
import type { ReviseEndedCommand } from './core/revise-ended.js';
import { answerOf } from './core/answers.js';
import type { CommandAnswer, StreamState, TaskIdentity } from './core/state.js';
import type { importTasks, migrateCycles, resumePipeline, taskCycle } from './workflows/index.js';
import type { EditAnswer, MigrateAnswer, PauseAnswer } from './workflows/messages.js';
import {
  clockSignal,
  commandSignals,
  commandUpdates,
  editTaskUpdate,
  migrateUpdate,
  pauseTaskUpdate,
  recordedQuery,
  replacedSignal,
  resumeTaskUpdate,
  resyncSignal,
  stateQuery,
} from './workflows/messages.js';

/** `silent`: it runs, and can't say how far it has recorded. */
export type StreamStanding = { kind: 'open'; recorded: RecordedUpTo } | { kind: 'silent' | 'closed' | 'gone' };

export interface ClientOptions {
  namespace: string;
  taskQueue: string;
  continueAfterEvents?: number | undefined;
}

/** Commands and signals to running workflows. */
function createSender(temporal: Client, { taskQueue }: ClientOptions) {
  const through = createGates();

  async function send<T>(
    workflowId: string,
    update: UpdateDefinition<T, [body: unknown]>,
    body: object,
    id: string,
  ): Promise<CommandOutcome<T>> {
    const outcome = await through(workflowId, () => sendUpdate(temporal, workflowId, update, body, id));
    return outcome === 'busy' ? { kind: 'busy' } : outcome;
  }

  return {
    /** Sends a command as an update and waits for its definite answer, within bounds. */
    async command(workflowId: string, type: CommandType, body: object, updateId: string): Promise<CommandOutcome> {
      return send(workflowId, commandUpdates[type], body, updateId);
    },

    /** Edits a task: its cycle takes it while it is open, a short workflow of its own when it is not. */
    async editTask(task: TaskIdentity, command: EditCommand): Promise<CommandOutcome<EditAnswer>> {
      const workflowId = cycleWorkflowId(task.cycleId);
      const outcome = await send(workflowId, editTaskUpdate, command, command.id);
      const hasEnded =
        outcome.kind === 'closed' || (outcome.kind === 'rejected' && outcome.rejection.code === 'NODE_CLOSED');
      if (!hasEnded) return outcome;
      return editEnded(temporal, taskQueue, task, command);
    },

    /** Revises work of a task that has no open cycle. */
    async reviseEnded(task: TaskIdentity, command: ReviseEndedCommand): Promise<CommandOutcome<object>> {
      return reviseEnded(temporal, taskQueue, task, command);
    },

    /** Moves a cycle to another version of its pipeline. */
    async migrate(workflowId: string, command: MigrateCommand): Promise<CommandOutcome<MigrateAnswer>> {
      return send(workflowId, migrateUpdate, command, command.id);
    },

    /** Pauses or resumes a task by its open cycle. */
    async pauseTask(
      { cycleId }: TaskIdentity,
      turn: 'pause' | 'resume',
      command: PauseCommand,
    ): Promise<CommandOutcome<PauseAnswer>> {
      const update = turn === 'pause' ? pauseTaskUpdate : resumeTaskUpdate;
      return send(cycleWorkflowId(cycleId), update, command, command.id);
    },

    /** Wakes a stream that stopped for a pause. */
    async tellClock(workflowId: string, clock: PipelineClock): Promise<'sent' | 'closed'> {
      return reached(() => temporal.workflow.getHandle(workflowId).signal(clockSignal, { clock }));
    },

    /** Sends a command as a signal: it is durable once this returns, its outcome shows on the timeline. */
    async signalCommand(workflowId: string, type: CommandType, body: object, id: string): Promise<'sent' | 'closed'> {
      return reached(() => temporal.workflow.getHandle(workflowId).signal(commandSignals[type], { ...body, id }));
    },

    async resync(workflowId: string): Promise<'sent' | 'closed'> {
      return reached(() => temporal.workflow.getHandle(workflowId).signal(resyncSignal));
    },

    /** Ends a cycle in whose place another one comes. */
    async replace(workflowId: string, replacement: Replacement): Promise<void> {
      await reached(() => temporal.workflow.getHandle(workflowId).signal(replacedSignal, replacement));
    },

    async cancel(workflowId: string): Promise<void> {
      await reached(() => temporal.workflow.getHandle(workflowId).cancel());
    },
  };
}

function createStarter(temporal: Client, { taskQueue, continueAfterEvents }: ClientOptions) {
  return {
    /** Starts a cycle; one that was started before is left as it is. */
    async startCycle(start: StartCycle): Promise<void> {
      const { task, plan, title, clock, rerun } = start;
      await startOnce(() =>
        temporal.workflow.start<typeof taskCycle>('taskCycle', {
          workflowId: cycleWorkflowId(task.cycleId),
          taskQueue,
          args: [{ task, plan, ...defined({ clock, rerun, continueAfterEvents }) }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          typedSearchAttributes: attributesOf(start),
          staticSummary: title.slice(0, 180),
        }),
      );
    },

    async startImport(batchId: string): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof importTasks>('importTasks', {
          workflowId: importWorkflowId(batchId),
          taskQueue,
          args: [{ batchId }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `start the cycles of import ${batchId}`,
        }),
      );
    },

    async startMigration(migrationId: string): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof migrateCycles>('migrateCycles', {
          workflowId: migrationWorkflowId(migrationId),
          taskQueue,
          args: [{ migrationId }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `migration ${migrationId} of open cycles to another version`,
        }),
      );
    },

    /** Wakes what stopped for a pause; once for each. */
    async startResume(pipelineId: string, turns: number, node?: string): Promise<void> {
      await startOnce(() =>
        temporal.workflow.start<typeof resumePipeline>('resumePipeline', {
          workflowId: resumeWorkflowId(pipelineId, turns, node),
          taskQueue,
          args: [{ pipelineId, ...defined({ node }) }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `wake what stopped for a pause of ${pipelineId}`,
        }),
      );
    },
  };
}

/** What Temporal itself says about cycles. */
function createReader(temporal: Client, connection: Connection) {
  return {
    /** Whether a stream's workflow runs, and how far it has recorded. */
    async standing(workflowId: string): Promise<StreamStanding> {
      const standing = await whenQuiet(temporal, workflowId);
      if (standing !== 'quiet') return { kind: standing };
      const recorded = await recordedInHistory(temporal, workflowId);
      if (recorded) return { kind: 'open', recorded };
      const asked = await ask(temporal, workflowId, recordedQuery);
      if (asked.kind === 'answered') return { kind: 'open', recorded: asked.answer };
      return { kind: asked.kind === 'other' ? 'closed' : asked.kind };
    },

    async isRunning(workflowId: string): Promise<boolean> {
      return isRunning(temporal, workflowId);
    },

    async state(workflowId: string): Promise<StreamState> {
      return temporal.workflow.getHandle(workflowId).query(stateQuery);
    },

    /** Within bounds, also where it can't answer. */
    async stateOf(workflowId: string): Promise<Asked<StreamState>> {
      return ask(temporal, workflowId, stateQuery);
    },

    /** What a stream that has ended had answered to a command; undefined where it gave no answer, or can't tell any more. */
    async answerOfEnded(workflowId: string, commandId: string): Promise<CommandAnswer | undefined> {
      const asked = await askAnyway(temporal, workflowId, stateQuery);
      return asked.kind === 'answered' ? answerOf(asked.answer, commandId) : undefined;
    },

    /** How many cycles Temporal's visibility shows for a query. */
    async countCycles(query: string): Promise<number> {
      return (await temporal.workflow.count(query)).count;
    },

    /** True when the server answers within two seconds. */
    async reachable(): Promise<boolean> {
      try {
        await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.getSystemInfo({}));
        return true;
      } catch {
        return false;
      }
    },
  };
}

export type TaskloomClient = ReturnType<typeof createClient>;

export function createClient(connection: Connection, options: ClientOptions) {
  const temporal = new Client({ connection, namespace: options.namespace });
  return {
    ...createSender(temporal, options),
    ...createStarter(temporal, options),
    ...createReader(temporal, connection),
    ...createEntry(temporal, options.taskQueue),
    ...createBatchKeeper(temporal, options.taskQueue),
    ...createRerunner(temporal, options.taskQueue),
    ...createReleaser(temporal, options.taskQueue),
    ...createUpkeep(temporal, options.taskQueue),
    temporal,
  };
}

export async function connectTemporal(config: ClientConnectConfig): Promise<Connection> {
  return Connection.connect({ ...config.connectionOptions, connectTimeout: '10 seconds' });
}
