// Pipeline versions, read once each: they never change. Values are checked against a node's form wherever they come in.
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type pg from 'pg';
import { withCheckpoints } from '../core/checkpoint-edges.js';
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { definitionOf } from '../db/queries/pipelines.js';
import { formOf, newAjv } from './forms.js';

interface Known {
  definition: PipelineDefinition;
  validators: Map<string, ValidateFunction>;
}

export interface FieldProblem {
  /** JSON pointer into the values. */
  pointer: string;
  message: string;
}

export interface Versions {
  /** Undefined where there is no such version. */
  definition(versionId: string): Promise<PipelineDefinition | undefined>;
  /** What does not fit the node's form, field by field. */
  problems(versionId: string, node: PipelineNode, values: unknown): Promise<FieldProblem[]>;
}

const versionsKept = 200;
const problemsTold = 100;

export function createVersions(pool: pg.Pool): Versions {
  const versions = new Map<string, Known>();

  async function known(versionId: string): Promise<Known | undefined> {
    const present = versions.get(versionId);
    if (present) return present;
    const definition = await definitionOf(pool, versionId);
    if (!definition) return undefined;
    if (versions.size >= versionsKept) versions.clear();
    const added = { definition: withCheckpoints(definition), validators: new Map<string, ValidateFunction>() };
    versions.set(versionId, added);
    return added;
  }

  return {
    definition: async (versionId) => (await known(versionId))?.definition,
    async problems(versionId, node, values) {
      const version = await known(versionId);
      if (!version) return [{ pointer: '', message: 'there is no such version' }];
      const { definition, validators } = version;
      const validate = validators.get(node.key) ?? newAjv().compile(formOf(definition, node).form);
      validators.set(node.key, validate);
      if (validate(values)) return [];
      return (validate.errors ?? []).slice(0, problemsTold).map(({ instancePath, message, params }) => ({
        pointer: instancePath,
        message: `${message ?? 'does not fit'}${'additionalProperty' in params ? `: ${String(params['additionalProperty'])}` : ''}`,
      }));
    },
  };
}
