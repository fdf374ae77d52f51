// Rules for nodes at which programs work. Expressions are parsed at the edge, as core/ has no CEL.
import type { Reports } from './check-reports.js';
import type { Report } from './problems.js';
import { durationMs } from './duration.js';
import { ancestorsOf } from './graph.js';
import type { GateNode, PipelineDefinition, PipelineNode } from './pipeline.js';
import type { ProgramLimits } from './program-settings.js';

function checkDuration(text: string | undefined, pointer: string, report: Report): void {
  if (text === undefined || (durationMs(text) ?? 0) > 0) return;
  report(pointer, `"${text}" is no ISO 8601 duration such as PT30S or PT5M`);
}

function checkLimits({ timeout, retry }: ProgramLimits, at: string, report: Report): void {
  checkDuration(timeout, `${at}/timeout`, report);
  checkDuration(retry?.initial, `${at}/retry/initial`, report);
  checkDuration(retry?.max, `${at}/retry/max`, report);
}

function checkGate(definition: PipelineDefinition, node: GateNode, at: string, report: Reports): void {
  const upstream = ancestorsOf(definition.edges, node.key);
  node.branches.forEach(({ when, share, performedBy }, index) => {
    const branch = `${at}/branches/${String(index)}`;
    const given = [when, share, performedBy].filter((condition) => condition !== undefined).length;
    if (given !== 1) report(branch, 'a branch has one of "when", "share" and "performedBy"');
    if (performedBy && !upstream.has(performedBy.node)) {
      report.missing(`${branch}/performedBy/node`, `"${performedBy.node}" does not come before this node`);
    }
  });
  const shares = node.branches.reduce((sum, { share = 0 }) => sum + share, 0);
  if (shares > 1 + 1e-9) report(`${at}/branches`, 'the shares add up to more than 1');
}

export function checkPrograms(definition: PipelineDefinition, node: PipelineNode, at: string, report: Reports): void {
  switch (node.kind) {
    case 'llm':
      checkLimits(node.model, `${at}/model`, report);
      return;
    case 'labeling':
    case 'review':
      if (node.settings?.model) checkLimits(node.settings.model, `${at}/settings/model`, report);
      return;
    case 'code':
      checkLimits(node, at, report);
      if ((node.url === undefined) === (node.function === undefined)) {
        report(at, 'a code node has a "url" or a "function", and not both');
      }
      return;
    case 'external':
      checkDuration(node.timeout, `${at}/timeout`, report);
      return;
    case 'gate':
      checkGate(definition, node, at, report);
      return;
    case 'chain':
      checkLimits(node, at, report);
      return;
    case 'consensus':
    case 'consensus_review':
    case 'checkpoint':
    case 'start':
    case 'end':
      return;
  }
}
