// What lets work into pipelines by itself: seeders, the dispatchers of events to triggers, and the schedules of cron triggers.
import type { Client, ScheduleSpec } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { dispatcherWorkflowId, fireWorkflowId, seederWorkflowId, triggerScheduleId } from '../core/ids.js';
import type { dispatchEvents, fireTrigger, seeder } from '../workflows/index.js';
import { wakeSignal } from '../workflows/messages.js';

export interface CronTrigger {
  id: string;
  /** Five to seven fields. */
  cron?: string | undefined;
  everyMs?: number | undefined;
  timezone: string;
  catchUpMs: number;
  once: boolean;
}

const specOf = ({ cron, everyMs, timezone }: CronTrigger): ScheduleSpec => ({
  ...(cron === undefined ? {} : { cronExpressions: [cron] }),
  ...(everyMs === undefined ? {} : { intervals: [{ every: everyMs }] }),
  timezone,
});

function createSchedules(temporal: Client, taskQueue: string) {
  const handleOf = (id: string) => temporal.schedule.getHandle(triggerScheduleId(id));

  /** One that is gone has nothing left to be told. */
  async function unlessGone(tell: () => Promise<unknown>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }

  return {
    /** What is wrong with its times, in Temporal's words; undefined where it is scheduled, also by an earlier try. */
    async scheduleTrigger(trigger: CronTrigger): Promise<string | undefined> {
      const { id, once, catchUpMs } = trigger;
      try {
        await temporal.schedule.create({
          scheduleId: triggerScheduleId(id),
          spec: specOf(trigger),
          action: {
            type: 'startWorkflow',
            workflowType: 'fireTrigger',
            workflowId: fireWorkflowId(id),
            taskQueue,
            args: [{ triggerId: id }] satisfies Parameters<typeof fireTrigger>,
          },
          // Each firing is a task of its own, made once: none has to wait for the one before, and none may be dropped.
          policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: catchUpMs },
          state: once ? { remainingActions: 1 } : {},
        });
        return undefined;
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) return undefined;
        // So the SDK tells what the server calls an invalid argument.
        if (error instanceof TypeError) return error.message;
        throw error;
      }
    },
    pauseSchedule: (id: string) => unlessGone(() => handleOf(id).pause('the trigger is paused')),
    resumeSchedule: (id: string) => unlessGone(() => handleOf(id).unpause('the trigger was resumed')),
    dropSchedule: (id: string) => unlessGone(() => handleOf(id).delete()),
  };
}

export function createEntry(temporal: Client, taskQueue: string) {
  return {
    ...createSchedules(temporal, taskQueue),

    /** Tells a seeder that it was changed; one that does not run is started. */
    async wakeSeeder(seederId: string): Promise<void> {
      await temporal.workflow.signalWithStart<typeof seeder>('seeder', {
        workflowId: seederWorkflowId(seederId),
        taskQueue,
        args: [{ seederId }],
        signal: wakeSignal,
        staticSummary: `keep the tasks of ${seederId} available`,
      });
    },

    /** Sees to it that what happens in a pipeline is read for the triggers on it. */
    async wakeDispatcher(pipelineId: string): Promise<void> {
      await temporal.workflow.signalWithStart<typeof dispatchEvents>('dispatchEvents', {
        workflowId: dispatcherWorkflowId(pipelineId),
        taskQueue,
        args: [{ pipelineId }],
        signal: wakeSignal,
        staticSummary: `hand the events of ${pipelineId} to its triggers`,
      });
    },
  };
}
