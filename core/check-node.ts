// The rules of what every node may declare: how its work is skipped and handed on, its inputs and outputs, and what it shows.
import type { Reports } from './check-reports.js';
import type { Report } from './problems.js';
import { ancestorsOf } from './graph.js';
import type { PipelineDefinition, PipelineNode } from './pipeline.js';

/** Each name may be there once. */
function checkOnce(names: readonly string[], at: string, report: Report): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) report(`${at}/${String(index)}/name`, `the name "${name}" is used twice`);
  });
}

function checkEarlier(
  definition: PipelineDefinition,
  node: PipelineNode,
  key: string,
  at: string,
  { missing }: Reports,
): void {
  if (!definition.nodes.some((other) => other.key === key)) missing(at, `there is no node "${key}"`);
  else if (!ancestorsOf(definition.edges, node.key).has(key)) missing(at, `"${key}" does not come before this node`);
}

function checkInputs(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  const inputs = node.inputs ?? [];
  checkOnce(
    inputs.map(({ name }) => name),
    `${at}/inputs`,
    report,
  );
  inputs.forEach(({ from }, index) => {
    const pointer = `${at}/inputs/${String(index)}/from`;
    if ('node' in from) checkEarlier(definition, node, from.node, `${pointer}/node`, report);
    else if (!Object.hasOwn(definition.variables ?? {}, from.variable)) {
      report.missing(`${pointer}/variable`, `there is no variable "${from.variable}"`);
    }
  });
}

/** Votes are independent and secret: a slot goes to somebody else, and nobody sees what another one began. */
function checkHandingOn({ kind, settings = {} }: PipelineNode, at: string, report: Report): void {
  if (kind !== 'consensus') return;
  if (settings.onSkip !== undefined && settings.onSkip !== 'others') {
    report(`${at}/settings/onSkip`, 'a skipped vote goes to others');
  }
  if (settings.handOnDrafts) report(`${at}/settings/handOnDrafts`, 'drafts of votes are not handed on');
}

export function checkNode(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  checkHandingOn(node, at, report);
  checkInputs(definition, node, at, report);
  checkOnce(
    (node.outputs ?? []).map(({ name }) => name),
    `${at}/outputs`,
    report,
  );
  (node.shows?.results ?? []).forEach((key, index) => {
    checkEarlier(definition, node, key, `${at}/shows/results/${String(index)}`, report);
  });
}
