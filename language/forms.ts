// Forms are JSON Schema 2020-12: which one a node has, and whether it is one.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ConsensusReviewNode, Form, PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { isFormed } from '../core/pipeline.js';

export const newAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true });
  (addFormats as unknown as (target: Ajv2020) => void)(ajv);
  return ajv;
};

/** A node's form with its instructions, its own or its recipe's. */
export function formOf(
  definition: PipelineDefinition,
  node: PipelineNode,
): { form: Form; instructions: string | null } {
  if (node.kind === 'consensus_review') return judged(definition, node);
  if (!isFormed(node)) return { form: {}, instructions: null };
  const recipe = node.recipe === undefined ? undefined : definition.recipes?.[node.recipe];
  return {
    form: recipe?.form ?? node.form ?? {},
    instructions: node.instructions ?? recipe?.instructions ?? null,
  };
}

/** Who judges votes answers by the form of the votes, and is told what the voters were told, unless there is more to say. */
function judged(
  definition: PipelineDefinition,
  node: ConsensusReviewNode,
): { form: Form; instructions: string | null } {
  const vote = definition.nodes.find(({ key, kind }) => key === node.reviews && kind === 'consensus');
  const { form, instructions } = vote ? formOf(definition, vote) : { form: {}, instructions: null };
  const recipe = node.recipe === undefined ? undefined : definition.recipes?.[node.recipe];
  return { form, instructions: node.instructions ?? recipe?.instructions ?? instructions };
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
