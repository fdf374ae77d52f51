// A model behind an OpenAI-compatible endpoint: asked for JSON that fits the node's form, checked, and its cost told.
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import type { PipelineNode } from '../../core/pipeline.js';
import type { Model } from '../../core/program-settings.js';
import { reviewActions } from '../../core/pipeline.js';
import { actionsOf } from '../../core/plan.js';
import type { Usage } from '../../db/writes/executions.js';
import { render } from '../../language/expressions.js';
import { formOf } from '../../language/forms.js';
import type { Versions } from '../../language/versions.js';
import { messageOf, ProgramFailure } from './failure.js';
import type { Produced, Program, Work } from './work.js';

export interface Provider {
  baseUrl: string;
  apiKey?: string | undefined;
}

/** By name, from the worker's environment: keys are in no pipeline and in no history. */
export type Providers = Readonly<Record<string, Provider>>;

type Completion = OpenAI.Chat.Completions.ChatCompletion;
type Json = Record<string, unknown>;

/** A failure after the model was paid for. */
export class PaidFailure extends ProgramFailure {
  constructor(
    failure: ProgramFailure,
    readonly usage: Usage,
  ) {
    super(failure.code, failure.message, { retryable: failure.retryable, cause: failure.cause });
  }
}

export function modelOf(at: PipelineNode): Model {
  const model = at.kind === 'llm' ? at.model : at.settings?.model;
  if (!model) throw new ProgramFailure('MODEL_UNKNOWN', `"${at.key}" has no model`);
  return model;
}

/** What the model has to answer: the form's values, or a verdict, with how sure it is. */
function schemaOf({ definition, at }: Work): Json {
  const actions = at.kind === 'review' ? [reviewActions.approve, reviewActions.reject] : actionsOf(at);
  const judged = at.kind === 'review' ? { comment: { type: 'string' } } : { values: formOf(definition, at).form };
  return {
    type: 'object',
    properties: { action: { enum: actions }, ...judged, confidence: { type: 'number', minimum: 0, maximum: 1 } },
    required: at.kind === 'review' ? ['action'] : ['values'],
    additionalProperties: false,
  };
}

function messagesOf(work: Work, model: Model): OpenAI.Chat.Completions.ChatCompletionMessageParam[] {
  const { definition, at, scope } = work;
  const { instructions } = formOf(definition, at);
  try {
    const system = [model.system === undefined ? undefined : render(model.system, scope), instructions ?? undefined];
    const told = system.filter((text) => text !== undefined).join('\n\n');
    const prompt = render(model.prompt, scope);
    return [
      ...(told === '' ? [] : [{ role: 'system' as const, content: told }]),
      { role: 'user' as const, content: prompt },
    ];
  } catch (error) {
    throw new ProgramFailure('EXPRESSION_FAILED', messageOf(error), { cause: error });
  }
}

function unavailable(error: unknown, signal: AbortSignal): ProgramFailure {
  const isTimeout = error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError || signal.aborted;
  if (isTimeout) return new ProgramFailure('MODEL_TIMEOUT', messageOf(error), { retryable: true, cause: error });
  const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
  const passing = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
  if (error instanceof APIConnectionError || passing) {
    return new ProgramFailure('MODEL_UNAVAILABLE', messageOf(error), { retryable: true, cause: error });
  }
  return new ProgramFailure('MODEL_REFUSED', messageOf(error), { cause: error });
}

/**
 * The same for an attempt whose answer was lost, as it may have been given and paid for; another one where an answer came that is of no
 * use, as a provider that honours keys would repeat it.
 */
const keyOf = ({ execution, malformed }: Work): string =>
  malformed === 0 ? execution : `${execution}.${String(malformed)}`;

async function ask(work: Work, model: Model, providers: Providers): Promise<Completion> {
  const name = model.provider ?? 'default';
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (!provider) throw new ProgramFailure('MODEL_UNKNOWN', `TASKLOOM_MODELS of the worker has no "${name}"`);
  const client = new OpenAI({ baseURL: provider.baseUrl, apiKey: provider.apiKey ?? 'none', maxRetries: 0 });
  const messages = messagesOf(work, model);
  try {
    return await client.chat.completions.create(
      {
        model: model.model,
        messages,
        ...(model.temperature === undefined ? {} : { temperature: model.temperature }),
        ...(model.maxTokens === undefined ? {} : { max_completion_tokens: model.maxTokens }),
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: schemaOf(work) } },
      },
      // Sent by hand: the SDK's own option sends nothing to this endpoint.
      { signal: work.signal, headers: { 'idempotency-key': keyOf(work) } },
    );
  } catch (error) {
    throw unavailable(error, work.signal);
  }
}

export function usageOf({ usage }: Pick<Completion, 'usage'>, { price }: Model): Usage {
  if (!usage) return {};
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage;
  if (!price) return { inputTokens, outputTokens };
  return { inputTokens, outputTokens, cost: (inputTokens * price.input + outputTokens * price.output) / 1_000_000 };
}

function checkBudget({ inputTokens = 0, outputTokens = 0, cost = 0 }: Usage, { budget = {} }: Model): void {
  const tokens = inputTokens + outputTokens;
  if (budget.tokens !== undefined && tokens > budget.tokens) {
    throw new ProgramFailure('MODEL_OVER_BUDGET', `${String(tokens)} tokens of ${String(budget.tokens)}`);
  }
  if (budget.cost !== undefined && cost > budget.cost) {
    throw new ProgramFailure('MODEL_OVER_BUDGET', `${String(cost)} USD of ${String(budget.cost)}`);
  }
}

const malformed = (detail: string): ProgramFailure =>
  new ProgramFailure('MODEL_MALFORMED', detail, { retryable: true });

function answerOf(completion: Completion): Json {
  const [choice] = completion.choices;
  const refusal = choice?.message.refusal;
  if (refusal) throw new ProgramFailure('MODEL_REFUSED', refusal.slice(0, 500));
  if (choice?.finish_reason === 'content_filter') throw new ProgramFailure('MODEL_REFUSED', 'filtered by the provider');
  const content = choice?.message.content ?? '';
  try {
    const answer: unknown = JSON.parse(content);
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer as Json;
  } catch {
    throw malformed(`no JSON: ${content.slice(0, 200)}`);
  }
  throw malformed('no JSON object');
}

async function checked(work: Work, answer: Json, versions: Versions): Promise<Produced> {
  const { at } = work;
  const { action, values, comment, confidence } = answer;
  const result = {
    ...(typeof action === 'string' ? { outcome: action } : {}),
    ...(typeof comment === 'string' ? { comment: comment.slice(0, 2_000) } : {}),
    ...(typeof confidence === 'number' ? { confidence } : {}),
  };
  if (at.kind === 'review') {
    if (typeof action !== 'string') throw malformed('the verdict is missing');
    return { result };
  }
  const problems = await versions.problems(work.task.versionId, at, values);
  const [first] = problems;
  if (first) throw malformed(`values${first.pointer}: ${first.message}`);
  return { result, values };
}

export const createModel =
  (providers: Providers, versions: Versions): Program =>
  async (work) => {
    const model = modelOf(work.at);
    const completion = await ask(work, model, providers);
    const usage = usageOf(completion, model);
    try {
      checkBudget(usage, model);
      return { ...(await checked(work, answerOf(completion), versions)), usage };
    } catch (error) {
      throw error instanceof ProgramFailure ? new PaidFailure(error, usage) : error;
    }
  };
