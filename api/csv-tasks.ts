// Reads tasks from a CSV stream, row by row. Columns with a meaning of their own are named below; all others are data.
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { CreateTask } from './contract/tasks.js';
import { meantText } from './csv-cells.js';
import type { ImportedRow } from './imported-row.js';
import { longestRow, taskOfLine } from './imported-row.js';

/** Columns that describe the task rather than its data. */
const own: Record<string, (cell: string) => Partial<Record<keyof CreateTask, unknown>>> = {
  id: (cell) => ({ externalId: cell }),
  external_id: (cell) => ({ externalId: cell }),
  title: (cell) => ({ dataTitle: cell }),
  gold: (cell) => ({ gold: cell }),
  priority: (cell) => ({ priority: Number(cell) }),
  due_at: (cell) => ({ dueAt: cell }),
  overlap: (cell) => ({ overlap: Number(cell) }),
  tags: (cell) => ({ tags: cell.split(';').map((tag) => tag.trim()) }),
};

/** Which field of data a column is; undefined where it is none. */
type FieldOf = (column: string) => string | undefined;

const anyField: FieldOf = (column) => (Object.hasOwn(own, column) ? undefined : column);
/** Exports name them so; what became of the tasks is in columns that are passed over. */
const exportedField: FieldOf = (column) => (column.startsWith('data.') ? column.slice('data.'.length) : undefined);

interface Reading {
  fieldOf: FieldOf;
  /** What a cell means. */
  textOf: (cell: string) => string;
}

const readings: Record<'export' | 'anything', Reading> = {
  anything: { fieldOf: anyField, textOf: (cell) => cell },
  export: { fieldOf: exportedField, textOf: meantText },
};

function describe(header: readonly string[], cells: readonly string[], { fieldOf, textOf }: Reading) {
  const task: Record<string, unknown> = {};
  const data: Record<string, string> = {};
  header.forEach((name, index) => {
    const cell = textOf(cells[index] ?? '');
    const column = Object.hasOwn(own, name) ? own[name] : undefined;
    const field = fieldOf(name);
    if (field !== undefined) data[field] = cell;
    else if (column && cell !== '') Object.assign(task, column(cell));
  });
  return { ...task, data };
}

function read(
  header: readonly string[],
  cells: readonly string[],
  row: number,
  line: number,
  how: Reading,
): ImportedRow {
  if (cells.length !== header.length) {
    return {
      row,
      problem: { line, message: `${String(cells.length)} cells where the header has ${String(header.length)}` },
    };
  }
  return taskOfLine(describe(header, cells, how), row, line);
}

/** What is wrong with a header; a file without a usable one can't be imported in part. */
function headerProblem(header: readonly string[], { fieldOf }: Reading): string | undefined {
  if (header.some((name) => name === '')) return 'a column has no name';
  if (new Set(header).size !== header.length) return 'a column name is there twice';
  return header.every((name) => fieldOf(name) === undefined) ? 'no column holds data' : undefined;
}

interface ParsedRow {
  record: string[];
  info: { lines: number };
}

/** What a step of a stream ends with. */
const endOf = (step: (done: (error?: Error | null) => void) => void): Promise<Error | null | undefined> =>
  new Promise((resolve) => {
    step(resolve);
  });

/** The rows of a file in their order. What comes before a row that can't be read is told before the error, however the file is sent. */
async function* rowsOf(input: Readable): AsyncGenerator<ParsedRow> {
  let rows: ParsedRow[] = [];
  // As a stream of its own the parser would throw away with an error what it has read and nobody has taken yet.
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
    on_record: (row: unknown) => {
      rows.push(row as ParsedRow);
      return null;
    },
  });
  parser.on('error', () => undefined);
  const taken = (): ParsedRow[] => {
    const read = rows;
    rows = [];
    return read;
  };
  // Who sent the file is still to be answered.
  for await (const piece of input.iterator({ destroyOnReturn: false })) {
    const error = await endOf((done) => parser.write(piece, done));
    yield* taken();
    if (error) throw error;
  }
  const error = await endOf((done) => parser.end(done));
  yield* taken();
  if (error) throw error;
}

export async function* csvTasks(input: Readable, from: keyof typeof readings): AsyncGenerator<ImportedRow> {
  const how = readings[from];
  let header: string[] | undefined;
  let row = 0;
  for await (const { record, info } of rowsOf(input)) {
    if (!header) {
      header = record.map((name) => name.trim());
      const problem = headerProblem(header, how);
      if (problem !== undefined) {
        yield { row: 0, problem: { line: 1, message: problem } };
        return;
      }
      continue;
    }
    row += 1;
    yield read(header, record, row, info.lines, how);
  }
  if (!header) yield { row: 0, problem: { line: 1, message: 'the file is empty' } };
}
