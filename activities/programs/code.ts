// Code: a URL that is called, signed and with the execution's id as Idempotency-Key, or a registered function.
import { functions } from '../../functions/index.js';
import { messageOf, ProgramFailure } from './failure.js';
import type { CallSettings } from './fetch-json.js';
import { fetchJson } from './fetch-json.js';
import { beforeAbort } from './overtime.js';
import type { Produced, Program, Work } from './work.js';

/** What code is given: plain JSON. */
const bodyOf = ({ execution, instance, node, task, scope }: Work) => ({
  execution,
  nodeInstanceId: instance,
  node,
  pipelineId: task.pipelineId,
  task: scope.task,
  data: scope.data,
  metadata: scope.metadata,
  results: scope.results,
  inputs: scope.inputs,
});

function produced(answer: unknown): Produced {
  if (answer === undefined || answer === null) return { result: {} };
  if (typeof answer !== 'object' || Array.isArray(answer)) {
    throw new ProgramFailure('RESULT_MALFORMED', 'the answer is no JSON object');
  }
  const { pathway, values, confidence } = answer as Record<string, unknown>;
  if (pathway !== undefined && typeof pathway !== 'string') {
    throw new ProgramFailure('RESULT_MALFORMED', '"pathway" is no text');
  }
  return {
    result: {
      ...(pathway === undefined ? {} : { outcome: pathway }),
      ...(typeof confidence === 'number' ? { confidence } : {}),
    },
    ...(values === undefined ? {} : { values }),
  };
}

const call = (url: string, work: Work, settings: CallSettings): Promise<unknown> =>
  fetchJson(url, { body: JSON.stringify(bodyOf(work)), key: work.execution, signal: work.signal }, settings);

async function run(name: string, work: Work): Promise<unknown> {
  const registered = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!registered) throw new ProgramFailure('FUNCTION_UNKNOWN', `this worker has no function "${name}"`);
  try {
    return await beforeAbort(work.signal, registered(bodyOf(work), work.signal));
  } catch (error) {
    if (work.signal.aborted)
      throw new ProgramFailure('CALL_TIMEOUT', messageOf(error), { retryable: true, cause: error });
    throw new ProgramFailure('FUNCTION_FAILED', messageOf(error), { retryable: true, cause: error });
  }
}

export const createCode =
  (settings: CallSettings): Program =>
  async (work) => {
    const { at } = work;
    if (at.kind !== 'code') throw new ProgramFailure('FUNCTION_UNKNOWN', `"${at.key}" is no code node`);
    if (at.url !== undefined) return produced(await call(at.url, work, settings));
    return produced(await run(at.function ?? '', work));
  };
