// The report in words.
import type { Report } from './simulate.js';

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

export function summary(report: Report): string[] {
  const { accuracy, ties, historyEvents, latencyMs } = report;
  return [
    `Tasks        ${report.tasks}: ${list(report.statuses)}`,
    `Outcomes     ${list(report.outcomes)}`,
    `At nodes     ${list(report.nodes)}`,
    `Actions      ${report.actions} in ${report.seconds} s, ${report.actionsPerSecond}/s, p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`,
    `Rejections   ${list(report.rejections)}`,
    ...(Object.keys(report.retries).length === 0 ? [] : [`Asked again  ${list(report.retries)}`]),
    ...(accuracy === undefined ? [] : [`Accuracy     ${(accuracy * 100).toFixed(2)} %`]),
    ...(ties === undefined ? [] : [`Ties         ${ties}`]),
    ...(historyEvents ? [`Histories    ${historyEvents.p50} events p50, ${historyEvents.max} at most`] : []),
    `Pipeline     ${report.pipelineId}`,
  ];
}
