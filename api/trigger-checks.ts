// What a trigger has to keep beyond its shape, and what a new version of its pipeline has to keep for it.
import type pg from 'pg';
import type { TriggerSettings } from '../core/entry.js';
import { entryProblem } from '../core/entry.js';
import { durationMs } from '../core/duration.js';
import type { PipelineDefinition } from '../core/pipeline.js';
import type { Pipeline } from '../db/queries/pipelines.js';
import { listTriggers } from '../db/queries/triggers.js';
import { expressionProblem } from '../language/expressions.js';
import type { CreateTrigger } from './contract/triggers.js';

export interface TriggerProblem {
  pointer: string;
  message: string;
}

const secondMs = 1_000;
const yearMs = 366 * 86_400_000;
/** Of what was missed while Temporal was away. */
const usualCatchUp = 'PT1H';
/** Temporal takes no less. */
const leastCatchUpMs = 10 * secondMs;

type Cron = Extract<CreateTrigger, { kind: 'cron' }>;

function checkTimes({ cron, every, catchUp }: Cron): TriggerProblem[] {
  const problems: TriggerProblem[] = [];
  if ((cron === undefined) === (every === undefined))
    problems.push({ pointer: '/cron', message: 'give cron or every, one of them' });
  const check = (pointer: string, text: string | undefined, least: number): void => {
    const ms = text === undefined ? least : durationMs(text);
    if (ms === undefined || ms < least || ms > yearMs)
      problems.push({ pointer, message: `no ISO 8601 duration of ${least / secondMs} seconds to a year` });
  };
  check('/every', every, secondMs);
  check('/catchUp', catchUp, leastCatchUpMs);
  return problems;
}

function checkTask({ task }: CreateTrigger): TriggerProblem[] {
  const texts = [
    ...Object.entries(task.data ?? {}).map(([field, text]) => [`/task/data/${field}`, text] as const),
    ...(task.externalId === undefined ? [] : [['/task/externalId', task.externalId] as const]),
  ];
  return texts.flatMap(([pointer, text]) => {
    const message = expressionProblem(text, { inputs: [] });
    return message === undefined ? [] : [{ pointer, message }];
  });
}

function checkEvent(trigger: Extract<CreateTrigger, { kind: 'event' }>, pipelineId: string): TriggerProblem[] {
  const { on, status, outcome } = trigger;
  if (on === 'task.status') return [];
  const sets = status !== undefined || outcome !== undefined;
  const isOwn = (trigger.pipelineId ?? pipelineId) === pipelineId;
  return [
    ...(sets ? [{ pointer: '/status', message: 'a status or outcome is for "on": "task.status"' }] : []),
    ...(isOwn
      ? [{ pointer: '/pipelineId', message: 'tasks that make tasks of their own pipeline would never end' }]
      : []),
  ];
}

/** All problems at once. */
export function triggerProblems(trigger: CreateTrigger, { id, definition }: Pipeline): TriggerProblem[] {
  const entry = entryProblem(definition, trigger.node);
  return [
    ...(entry === undefined ? [] : [{ pointer: '/node', message: entry }]),
    ...(trigger.kind === 'cron' ? checkTimes(trigger) : []),
    ...(trigger.kind === 'event' ? checkEvent(trigger, id) : []),
    ...checkTask(trigger),
  ];
}

export function settingsOf(trigger: CreateTrigger): TriggerSettings {
  switch (trigger.kind) {
    case 'cron': {
      const { cron, every, timezone = 'UTC', catchUp = usualCatchUp } = trigger;
      return { cron, every, timezone, catchUp };
    }
    case 'event':
      return { on: trigger.on, status: trigger.status, outcome: trigger.outcome };
    case 'webhook':
      return {};
  }
}

const triggersAtMost = 1_000;

/** Triggers that could no longer start where they do. */
export async function brokenTriggers(
  pool: pg.Pool,
  pipelineId: string,
  definition: PipelineDefinition,
): Promise<TriggerProblem[]> {
  const triggers = await listTriggers(pool, { pipelineId, after: '', limit: triggersAtMost });
  return triggers.flatMap(({ id, node, state }) => {
    const problem = state === 'spent' ? undefined : entryProblem(definition, node);
    return problem === undefined
      ? []
      : [{ pointer: '/nodes', message: `the trigger ${id} starts at "${node}": ${problem}; delete it first` }];
  });
}
