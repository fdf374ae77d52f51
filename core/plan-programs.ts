// What a cycle's plan says of programs: models, code, gates and chains.
import { durationOr } from './duration.js';
import type { CodeNode, ExternalNode, GateNode, LabelingNode, ReviewNode } from './pipeline.js';
import type { PlanNode } from './plan-node.js';
import type { Model, OnFailure, ProgramLimits, ProgramPlan } from './program-settings.js';

export const programDefaults = { timeoutMs: 60_000, attempts: 3, retryMs: 1_000, retryMaxMs: 60_000 } as const;

export function program(kind: ProgramPlan['kind'], actor: string, { timeout, retry = {} }: ProgramLimits): ProgramPlan {
  return {
    kind,
    actor,
    as: 'worker',
    minConfidence: 0,
    onFailure: 'fail',
    timeoutMs: durationOr(timeout, programDefaults.timeoutMs),
    attempts: retry.attempts ?? programDefaults.attempts,
    retryMs: durationOr(retry.initial, programDefaults.retryMs),
    retryMaxMs: durationOr(retry.max, programDefaults.retryMaxMs),
  };
}

/** Who did it, where a model did. */
export const modelActor = (name: string): string => `model:${name}`;

/** Whoever did it is no person: no work is kept for it, whichever program the node has by now. */
export const isProgram = (actor: string): boolean => /^(model|code|gate|chain):/.test(actor);

export function modelProgram(model: Model, as: ProgramPlan['as'], onFailure: OnFailure = 'people'): ProgramPlan {
  const { minConfidence = 0 } = model;
  return { ...program('llm', modelActor(model.model), model), as, minConfidence, onFailure };
}

export const codeProgram = (node: CodeNode): ProgramPlan => program('code', `code:${node.function ?? node.key}`, node);

/** The model that works or suggests where people do. */
export function staffOf({ settings }: LabelingNode | ReviewNode): Pick<PlanNode, 'program'> {
  return settings?.model ? { program: modelProgram(settings.model, settings.model.as) } : {};
}

/** A gate asks a program only where it has conditions to evaluate: payloads are not the cycle's. */
export function gateOf({ key, branches, otherwise }: GateNode): Pick<PlanNode, 'gate' | 'program'> {
  const gate = {
    branches: branches.map(({ outcome, share, performedBy }) => ({
      outcome,
      ...(share === undefined ? {} : { share }),
      ...(performedBy === undefined ? {} : { performedBy }),
    })),
    otherwise,
  };
  const hasConditions = branches.some(({ when }) => when !== undefined);
  return { gate, ...(hasConditions ? { program: program('gate', `gate:${key}`, {}) } : {}) };
}

/** As long as an external program may take where its node says nothing. */
export const weekMs = 7 * 24 * 60 * 60_000;

/** A program that answers later sends no heartbeats: it holds its claim until its time is over. */
export function externalOf({ timeout, settings = {} }: ExternalNode): Partial<PlanNode> {
  const timeoutMs = timeout === undefined ? undefined : durationOr(timeout, weekMs);
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(settings.lease === undefined ? { leaseMs: timeoutMs ?? weekMs } : {}),
  };
}
