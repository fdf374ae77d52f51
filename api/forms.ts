// Forms are JSON Schema 2020-12: compiled once per pipeline version, checked whenever values come in.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type pg from 'pg';
import type { Form, PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { definitionOf } from '../db/queries/pipelines.js';
import { Refusal } from './problem.js';

const newAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true });
  (addFormats as unknown as (target: Ajv2020) => void)(ajv);
  return ajv;
};

/** The node whose form is filled in: a consensus_review's own answer is one to what was voted on. */
function formNode(definition: PipelineDefinition, node: PipelineNode) {
  const own = node.kind === 'consensus_review' ? definition.nodes.find(({ key }) => key === node.reviews) : node;
  return own?.kind === 'start' || own?.kind === 'end' || own?.kind === 'consensus_review' ? undefined : own;
}

/** A node's form with its instructions, its own or its recipe's. */
export function formOf(
  definition: PipelineDefinition,
  node: PipelineNode,
): { form: Form; instructions: string | null } {
  const own = formNode(definition, node);
  if (!own) return { form: {}, instructions: null };
  const recipe = own.recipe === undefined ? undefined : definition.recipes?.[own.recipe];
  return {
    form: recipe?.form ?? own.form ?? {},
    instructions: own.instructions ?? recipe?.instructions ?? null,
  };
}

/** What is wrong with the forms of a definition, each with its JSON pointer. */
export function checkForms(definition: PipelineDefinition): { pointer: string; message: string; severity: 'error' }[] {
  const forms = [
    ...Object.entries(definition.recipes ?? {}).map(([name, { form }]) => ({ pointer: `/recipes/${name}/form`, form })),
    ...definition.nodes.flatMap((node, index) =>
      'form' in node && node.form ? [{ pointer: `/nodes/${String(index)}/form`, form: node.form }] : [],
    ),
  ];
  return forms.flatMap(({ pointer, form }) => {
    try {
      newAjv().compile(form);
      return [];
    } catch (error) {
      return [
        {
          pointer,
          message: `no JSON Schema: ${error instanceof Error ? error.message : 'unreadable'}`,
          severity: 'error' as const,
        },
      ];
    }
  });
}

interface Known {
  definition: PipelineDefinition;
  validators: Map<string, ValidateFunction>;
}

export interface Forms {
  definition(versionId: string): Promise<PipelineDefinition>;
  /** Refuses values that do not fit the node's form, naming every field. */
  check(versionId: string, nodeKey: string, values: unknown): Promise<void>;
}

const versionsKept = 200;

export function createForms(pool: pg.Pool): Forms {
  const versions = new Map<string, Known>();

  async function known(versionId: string): Promise<Known> {
    const present = versions.get(versionId);
    if (present) return present;
    const definition = await definitionOf(pool, versionId);
    if (!definition) throw new Refusal('NOT_FOUND');
    if (versions.size >= versionsKept) versions.clear();
    const added = { definition, validators: new Map<string, ValidateFunction>() };
    versions.set(versionId, added);
    return added;
  }

  return {
    definition: async (versionId) => (await known(versionId)).definition,
    async check(versionId, nodeKey, values) {
      const { definition, validators } = await known(versionId);
      const node = definition.nodes.find(({ key }) => key === nodeKey);
      if (!node) throw new Refusal('NOT_FOUND');
      const validate = validators.get(nodeKey) ?? newAjv().compile(formOf(definition, node).form);
      validators.set(nodeKey, validate);
      if (validate(values)) return;
      const problems = (validate.errors ?? []).slice(0, 100).map(({ instancePath, message, params }) => ({
        pointer: instancePath,
        message: `${message ?? 'does not fit'}${'additionalProperty' in params ? `: ${String(params.additionalProperty)}` : ''}`,
      }));
      throw new Refusal('FORM_INVALID', undefined, { problems });
    },
  };
}
