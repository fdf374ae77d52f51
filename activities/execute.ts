// Runs a program at a node: each attempt is noted, what it produced is stored before its cycle hears of it, and what succeeded
// once is never run again, so neither a replay nor a lost answer asks a model twice.
import { ApplicationFailure, Context } from '@temporalio/activity';
import type pg from 'pg';
import { settingsAt } from '../db/queries/node-settings.js';
import { pipelineClock } from '../db/queries/pauses.js';
import { withLive } from '../core/live-settings.js';
import type { PipelineNode } from '../core/pipeline.js';
import type { ExecutionResult } from '../core/programs.js';
import { storePayload } from '../db/staging/payloads.js';
import { closeAttempt, openAttempt, standingOf } from '../db/writes/executions.js';
import { hashOfValues } from '../language/hashing.js';
import type { Versions } from '../language/versions.js';
import { alive } from './alive.js';
import { createChain } from './programs/chain.js';
import { createCode } from './programs/code.js';
import { ProgramFailure } from './programs/failure.js';
import type { CallSettings } from './programs/fetch-json.js';
import { gate } from './programs/gate.js';
import type { Providers } from './programs/model.js';
import { createModel, PaidFailure } from './programs/model.js';
import type { ExecutionRequest, Produced, Program, Work } from './programs/work.js';
import { scopeOf } from './programs/work.js';
import type { CycleStarter } from './start-cycles.js';

export interface ExecuteActivities {
  execute(request: ExecutionRequest): Promise<ExecutionResult>;
}

export interface ExecuteServices {
  pool: pg.Pool;
  versions: Versions;
  starter: CycleStarter;
  providers: Providers;
  calls: CallSettings;
}

/** All attempts of a run go by the settings that it began with. */
async function asBegun(
  pool: pg.Pool,
  own: PipelineNode,
  { task, node, settings }: ExecutionRequest,
): Promise<PipelineNode> {
  if (settings === undefined) return own;
  return withLive(own, await settingsAt(pool, { pipelineId: task.pipelineId, node, number: settings }));
}

/** Aborts when the attempt's time is over, or the worker stops. */
const within = (timeoutMs: number): AbortSignal =>
  AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(timeoutMs)]);

/** Tells the cycle for good. */
const givenUp = (code: string, detail: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message: detail, nonRetryable: true });

export function createExecuteActivities(services: ExecuteServices): ExecuteActivities {
  const { pool, versions } = services;
  const programs: Record<ExecutionRequest['kind'], Program> = {
    llm: createModel(services.providers, versions),
    code: createCode(services.calls),
    chain: createChain(pool, services.starter),
    gate,
  };

  async function workOf(request: ExecutionRequest, malformed: number): Promise<Work> {
    const definition = await versions.definition(request.task.versionId);
    const own = definition?.nodes.find(({ key }) => key === request.node);
    const at = own && (await asBegun(pool, own, request));
    const scope = definition && at && (await scopeOf(pool, request, definition, at));
    if (!definition || !at || !scope) throw givenUp('RESULT_MALFORMED', 'the task or its pipeline is gone');
    return { ...request, definition, at, scope, malformed, signal: within(request.timeoutMs) };
  }

  async function stored(work: Work, { result, values }: Produced, attempt: number): Promise<ExecutionResult> {
    if (values === undefined) return result;
    await checkValues(work, values);
    const hash = hashOfValues(values);
    await storePayload(pool, work.task.projectId, hash, values);
    return { ...result, submission: { id: `${work.execution}.${String(attempt)}`, hash } };
  }

  /** A model's values were checked with its answer. */
  async function checkValues({ at, task, kind }: Work, values: unknown): Promise<void> {
    if (kind !== 'code') return;
    const [problem] = await versions.problems(task.versionId, at, values);
    if (problem) throw new ProgramFailure('RESULT_MALFORMED', `values${problem.pointer}: ${problem.message}`);
  }

  /** Attempts are counted by what programs did: Postgres out of reach costs none. */
  async function failed(work: Work, attempt: number, failure: ProgramFailure): Promise<never> {
    const { code, message, retryable } = failure;
    const usage = failure instanceof PaidFailure ? failure.usage : {};
    await closeAttempt(pool, work.execution, attempt, { status: 'failed', code, detail: message }, usage);
    if (!retryable || attempt >= work.attempts) throw givenUp(code, message);
    throw ApplicationFailure.create({ type: code, message });
  }

  /** Its cycle hears with it how pauses stand, so that nothing more is started while paused. */
  async function withClock(result: ExecutionResult, { task }: ExecutionRequest): Promise<ExecutionResult> {
    const clock = await pipelineClock(pool, task.pipelineId);
    return clock ? { ...result, clock } : result;
  }

  return {
    async execute(request) {
      const standing = await standingOf(pool, request.execution);
      if (standing.result) return await withClock(standing.result, request);
      const attempt = standing.failed + 1;
      const work = await workOf(request, standing.malformed);
      await openAttempt(pool, request, attempt);
      try {
        const produced = await alive(programs[request.kind](work));
        const result = await stored(work, produced, attempt);
        await closeAttempt(pool, request.execution, attempt, { status: 'succeeded', result }, produced.usage ?? {});
        return await withClock(result, request);
      } catch (error) {
        // The worker stops: nothing of this was the program's fault, and another worker does it again.
        if (Context.current().cancellationSignal.aborted) return await Context.current().cancelled;
        if (error instanceof ProgramFailure) return failed(work, attempt, error);
        throw error;
      }
    },
  };
}
