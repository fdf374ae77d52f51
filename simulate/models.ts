// What models say in a rehearsal, read from files: a stand-in answers by these scripts.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { modelScript } from './model-server.js';
import type { ModelScript } from './model-server.js';
import { InputProblem } from './problems.js';

export async function readModels(file: string): Promise<ModelScript> {
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputProblem(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = modelScript.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new InputProblem(`${file} is no script of models (docs/simulate.md says what one looks like)`, problems);
}

/** One script of several, as one stand-in answers for all: a model's name is in one of them only. */
export function mergeModels(scripts: readonly ModelScript[]): ModelScript {
  const merged: ModelScript = {};
  for (const [name, rules] of scripts.flatMap((script) => Object.entries(script))) {
    if (merged[name]) throw new InputProblem(`two scripts say what the model "${name}" answers`);
    merged[name] = rules;
  }
  return merged;
}

/** What workers have to be told to ask the stand-in. */
export const modelsAt = (baseUrl: string): string => JSON.stringify({ default: { baseUrl, apiKey: 'of-a-rehearsal' } });
