// What `npm run examples` says of its results.
import type { ExampleResult } from './play-example.js';

/** A line for every reason why an example is not ok. */
export const complaints = ({ name, problems }: ExampleResult): string[] =>
  problems.map((problem) => `examples/${name}: ${problem}`);

export const jsonLine = (results: readonly ExampleResult[]): string =>
  JSON.stringify(
    results.map(({ name, nodeKinds, nodeStatuses, taskStatuses, ok }) => ({
      name,
      nodeKinds,
      nodeStatuses,
      taskStatuses,
      ok,
    })),
  );

export function table(results: readonly ExampleResult[]): string[] {
  const rows = [
    ['Example', '', 'Seconds', 'Tasks', 'Nodes'],
    ...results.map(({ name, ok, seconds, taskStatuses, nodeStatuses }) => {
      const seen = [taskStatuses.join(' '), nodeStatuses.join(' ')];
      return [name, ok ? 'ok' : 'failed', seconds.toFixed(1), ...seen];
    }),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
