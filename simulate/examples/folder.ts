// The examples by folder: what each consists of.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { nodeKinds } from '../../core/pipeline.js';
import type { ModelScript } from '../model-server.js';
import { mergeModels, readModels } from '../models.js';
import { InputProblem } from '../problems.js';
import type { Expectations } from './expectations.js';
import { readExpectations } from './expectations.js';

export interface Example {
  name: string;
  pipeline: string;
  /** Pipelines that have to be there before. */
  further: string[];
  /** Left out where its entry brings them all. */
  tasks: string | undefined;
  entry: string | undefined;
  crew: string;
  truth: string | undefined;
  expectations: Expectations;
  /** Of all its pipelines. */
  nodeKinds: string[];
}

export const examplesFolder = fileURLToPath(new URL('../../examples', import.meta.url));

/** Every example, or those with the names given; a name that none has is refused. */
export function exampleNames(folder: string, only?: readonly string[]): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const unknown = (only ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new InputProblem(`there is no example ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return only ? names.filter((name) => only.includes(name)) : names;
}

const definition = z.object({ nodes: z.array(z.object({ kind: z.string() })) });

function kindsOf(files: readonly string[]): string[] {
  const used = files.flatMap((file) => {
    const parsed = definition.safeParse(parse(readFileSync(file, 'utf8')));
    return parsed.data?.nodes.map(({ kind }) => kind) ?? [];
  });
  return nodeKinds.filter((kind) => used.includes(kind));
}

/** What the models of these examples say, for the one stand-in that is asked. */
export async function modelsOf(folder: string, names: readonly string[]): Promise<ModelScript> {
  const files = names.map((name) => join(folder, name, 'model.yaml')).filter((file) => existsSync(file));
  return mergeModels(await Promise.all(files.map(readModels)));
}

export function readExample(folder: string, name: string): Example {
  const inside = (file: string): string => join(folder, name, file);
  const found = (file: string): string | undefined => (existsSync(inside(file)) ? inside(file) : undefined);
  const needed = (file: string): string => {
    if (!existsSync(inside(file))) throw new InputProblem(`${file} is missing`);
    return inside(file);
  };
  const pipelines = inside('pipelines');
  const further = existsSync(pipelines)
    ? readdirSync(pipelines)
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map((file) => join(pipelines, file))
    : [];
  const pipeline = needed('pipeline.yaml');
  return {
    name,
    pipeline,
    further,
    tasks: found('tasks.jsonl') ?? (found('entry.yaml') ? found('tasks.csv') : needed('tasks.csv')),
    entry: found('entry.yaml'),
    crew: needed('crew.yaml'),
    truth: found('truth.csv'),
    expectations: readExpectations(readFileSync(needed('expect.yaml'), 'utf8'), 'expect.yaml'),
    nodeKinds: kindsOf([...further, pipeline]),
  };
}
