// The forms of pipeline versions, as routes need them: what is missing or does not fit is a refusal.
import type pg from 'pg';
import type { PipelineDefinition } from '../core/pipeline.js';
import { createVersions } from '../language/versions.js';
import { Refusal } from './problem.js';

export interface Forms {
  definition(versionId: string): Promise<PipelineDefinition>;
  /** Refuses values that do not fit the node's form, naming every field. */
  check(versionId: string, nodeKey: string, values: unknown): Promise<void>;
}

export function createForms(pool: pg.Pool): Forms {
  const versions = createVersions(pool);

  async function definition(versionId: string): Promise<PipelineDefinition> {
    const found = await versions.definition(versionId);
    if (!found) throw new Refusal('NOT_FOUND');
    return found;
  }

  return {
    definition,
    async check(versionId, nodeKey, values) {
      const node = (await definition(versionId)).nodes.find(({ key }) => key === nodeKey);
      if (!node) throw new Refusal('NOT_FOUND');
      const problems = await versions.problems(versionId, node, values);
      if (problems.length > 0) throw new Refusal('FORM_INVALID', undefined, { problems });
    },
  };
}
