// docs/performance.md: written by the proof, never by hand. A run of some items leaves the rows of the others alone.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Figure } from './item.js';

const file = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const columns = ['Item', 'What', 'Size', 'Figure', 'Target', 'Result', 'Date'];

type Row = string[];

const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
const plain = (cell: string): string => cell.replaceAll(/\s+/g, ' ').replaceAll('|', '/').trim();
const cellsOf = (text: string): Row => text.split('|').slice(1, -1).map(plain);

/** The rows of an earlier run. */
function writtenRows(): Row[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((text) => text.startsWith('|'))
    .slice(2)
    .map(cellsOf);
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${String(cpus().length)} cores, ${String(gigabytes)} GiB, Node ${process.versions.node}`;
}

export const rowsOf = (item: string, figures: readonly Figure[], date: string): Row[] =>
  figures.map(({ what, size, figure, target, verdict }) =>
    [item, what, size, figure, target, verdict, date].map(plain),
  );

/** `order` names all items there are: others are of the past. */
export async function writePage(order: readonly string[], fresh: ReadonlyMap<string, Row[]>): Promise<void> {
  const written = writtenRows();
  const rows = order.flatMap((item) => fresh.get(item) ?? written.filter(([name]) => name === item));
  const text = [
    '# Performance',
    '',
    '`npm run proof` writes this page: the full sizes, on real Postgres and real Temporal, with everything on one machine. ' +
      '`npm run proof -- --only name,name` runs some items and updates their rows alone.',
    '',
    `Machine of the last run: ${machine()}. Other work may share it, so times are no better than they look; counts are exact.`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
}
