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

export async function* csvTasks(input: Readable, from: keyof typeof readings): AsyncGenerator<ImportedRow> {
  const how = readings[from];
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  // A source that breaks off must end the parser too, or the reader would wait for ever.
  input.on('error', (error) => parser.destroy(error));
  input.on('aborted', () => parser.destroy(new Error('the upload was broken off')));
  input.pipe(parser);
  let header: string[] | undefined;
  let row = 0;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
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
