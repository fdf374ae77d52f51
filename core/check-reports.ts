// Where the rules for definitions tell what is wrong.
import type { Report } from './problems.js';

export interface Reports extends Report {
  /** That something is nowhere; not told of a definition that was read in part, as it may be in the rest. */
  missing: Report;
}

export function reportsTo(report: Report, isPartial: boolean): Reports {
  const told: Report = (...problem) => {
    report(...problem);
  };
  return Object.assign(told, { missing: isPartial ? () => undefined : report });
}
