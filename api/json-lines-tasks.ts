// Reads tasks from a stream of JSON Lines, one task a line, without ever holding more than a line of it.
import type { Readable } from 'node:stream';
import type { ImportedRow } from './imported-row.js';
import { longestRow, taskOfLine } from './imported-row.js';

export const jsonLinesTypes = ['application/x-ndjson', 'application/jsonl', 'application/json-lines'];

const newLine = 0x0a;

type Line = { text: string } | { tooLong: true };

/** A line that is too long is passed over as it comes, and told once it ends. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let size = 0;
  const ended = (): Line => {
    const line: Line = size > longestRow ? { tooLong: true } : { text: Buffer.concat(parts).toString('utf8') };
    parts = [];
    size = 0;
    return line;
  };
  const add = (part: Buffer): void => {
    size += part.length;
    if (size > longestRow) parts = [];
    else parts.push(part);
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, from)) {
      add(chunk.subarray(from, at));
      yield ended();
      from = at + 1;
    }
    add(chunk.subarray(from));
  }
  if (size > 0) yield ended();
}

function read(text: string, row: number, line: number): ImportedRow {
  let described: unknown;
  try {
    described = JSON.parse(text);
  } catch (error) {
    return { row, problem: { line, message: `no JSON: ${error instanceof Error ? error.message : String(error)}` } };
  }
  return taskOfLine(described, row, line);
}

export async function* jsonLinesTasks(input: Readable): AsyncGenerator<ImportedRow> {
  let row = 0;
  let line = 0;
  for await (const next of linesOf(input as AsyncIterable<Buffer>)) {
    line += 1;
    const text = 'text' in next ? next.text.replace(line === 1 ? /^\uFEFF/ : '', '').trim() : '';
    if ('text' in next && text === '') continue;
    row += 1;
    if ('tooLong' in next) yield { row, problem: { line, message: `longer than ${longestRow} bytes` } };
    else yield read(text, row, line);
  }
  if (row === 0) yield { row, problem: { line: 1, message: 'the file is empty' } };
}
