// Reads recorded answers and truths: by column position, as the headers of published sets differ.
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { InputProblem } from './problems.js';

export interface RecordedAnswer {
  task: string;
  worker: string;
  label: string;
}

/** The rows below the header, each with at least so many cells. Lines may end in LF, CR LF, or a mix of both. */
async function rowsOf(file: string, cells: number): Promise<string[][]> {
  const parser = createReadStream(file)
    .on('error', (error) => parser.destroy(error))
    .pipe(
      parse({
        bom: true,
        trim: true,
        relax_column_count: true,
        skip_empty_lines: true,
        record_delimiter: ['\r\n', '\n', '\r'],
        from_line: 2,
      }),
    );
  const rows: string[][] = [];
  try {
    for await (const row of parser as AsyncIterable<string[]>) rows.push(row);
  } catch (error) {
    throw new InputProblem(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const short = rows.findIndex((row) => row.length < cells);
  if (short >= 0) throw new InputProblem(`${file}: row ${short + 1} has fewer than ${cells} cells`);
  if (rows.length === 0) throw new InputProblem(`${file} has no rows below its header`);
  return rows;
}

/** (task, worker, answer). Of a worker's several answers to one task the first counts, as one person has one vote. */
export async function readAnswers(file: string): Promise<{ answers: RecordedAnswer[]; repeated: number }> {
  const seen = new Set<string>();
  const answers: RecordedAnswer[] = [];
  const rows = await rowsOf(file, 3);
  for (const [task = '', worker = '', label = ''] of rows) {
    const who = JSON.stringify([task, worker]);
    if (!seen.has(who)) answers.push({ task, worker, label });
    seen.add(who);
  }
  return { answers, repeated: rows.length - answers.length };
}

/** (task, truth). */
export async function readTruth(file: string): Promise<Map<string, string>> {
  return new Map((await rowsOf(file, 2)).map(([task = '', truth = '']) => [task, truth]));
}
