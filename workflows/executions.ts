// Programs at work for a stream: each run is an activity, started once history holds that it began, and heard of when it ends.
import { ActivityFailure, ApplicationFailure, CancelledFailure, proxyActivities } from '@temporalio/workflow';
import type { ExecuteActivities } from '../activities/execute.js';
import type { Clock } from '../core/clock.js';
import { defined } from '../core/defined.js';
import type { PlanNode } from '../core/plan-node.js';
import type { ProgramPlan } from '../core/program-settings.js';
import type { ExecutionReport } from '../core/programs.js';
import { executedEvents, executionsOf } from '../core/programs.js';
import type { Instance, StreamState } from '../core/state.js';
import type { Stream } from './stream.js';
import { hearClock } from './pauses.js';
import { apply } from './stream.js';

/** What one attempt may take beyond the program's own time: reading, storing, and Postgres' moods. */
const overheadMs = 15_000;

const executeWith = ({ timeoutMs, retryMs, retryMaxMs }: ProgramPlan, summary: string): ExecuteActivities['execute'] =>
  proxyActivities<ExecuteActivities>({
    startToCloseTimeout: timeoutMs + overheadMs,
    heartbeatTimeout: '10 seconds',
    // Attempts are counted by the activity: it ends them with a failure that is not retried.
    retry: { initialInterval: retryMs, backoffCoefficient: 2, maximumInterval: Math.max(retryMs, retryMaxMs) },
    summary,
  }).execute;

/** Results of the nodes before, by reference. */
const resultsOf = ({ results }: StreamState) =>
  Object.fromEntries(
    Object.entries(results).map(([node, { outcome, submission, merged }]) => [
      node,
      { outcome, ...defined({ submission, merged }) },
    ]),
  );

function reportOf(error: unknown): ExecutionReport {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { ok: false, code: cause.type ?? 'EXECUTION_FAILED', detail: cause.message.slice(0, 500) };
  }
  const code = cause instanceof CancelledFailure ? 'CANCELLED' : 'EXECUTION_FAILED';
  return { ok: false, code, detail: cause instanceof Error ? cause.message.slice(0, 500) : undefined };
}

async function run(stream: Stream, execution: string, instance: Instance, node: PlanNode, program: ProgramPlan) {
  const { id, visit } = instance;
  const execute = executeWith(program, `${program.actor} at ${node.key}, visit ${String(visit)}`);
  const { kind, actor, timeoutMs, attempts } = program;
  const { task, plan } = stream.state;
  const known = defined({ settings: plan.settings });
  const request = { execution, instance: id, node: node.key, kind, actor, timeoutMs, attempts, ...known };
  let report: ExecutionReport;
  let clock: Clock | undefined;
  try {
    const { clock: at, ...result } = await execute({ ...request, task, results: resultsOf(stream.state) });
    clock = at;
    report = { ok: true, result };
  } catch (error) {
    report = reportOf(error);
  }
  stream.running.delete(execution);
  hearClock(stream, clock);
  apply(stream, (state, at) => executedEvents(state, execution, report, at, program));
}

/** Starts what was decided and does not run yet. */
export function startExecutions(stream: Stream): void {
  if (stream.state.status !== 'open') return;
  for (const { execution, instance, node, program } of executionsOf(stream.state)) {
    if (stream.running.has(execution)) continue;
    stream.running.add(execution);
    void run(stream, execution, instance, node, program);
  }
}
