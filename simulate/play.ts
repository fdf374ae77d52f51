// What is to be rehearsed, read from its files before anything is brought up.
import { createReadStream } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Crew } from './crew.js';
import { readCrew } from './crew.js';
import type { RecordedAnswer } from './csv-files.js';
import { readAnswers, readTruth } from './csv-files.js';
import type { Entry } from './entry.js';
import { readEntry } from './entry.js';
import { InputProblem } from './problems.js';
import { pipelineFor, tasksFor } from './recorded-set.js';
import type { Source } from './scene.js';

export interface PlayFiles {
  pipeline?: string | undefined;
  /** Further pipelines, published before that one. */
  further?: readonly string[] | undefined;
  /** CSV, or JSON Lines where it is called `.jsonl`. */
  tasks?: string | undefined;
  /** How tasks get in other than by an import. */
  entry?: string | undefined;
  crew?: string | undefined;
  answers?: string | undefined;
  truth?: string | undefined;
}

export interface Play {
  source: Source;
  /** Recorded answers, or a crew that makes some up. */
  cast: { answers: RecordedAnswer[] } | { crew: Crew };
}

const streamOf = (file: string | undefined): (() => ReadableStream) | undefined =>
  file === undefined ? undefined : () => Readable.toWeb(createReadStream(file)) as ReadableStream;

const unreadable = (error: unknown): never => {
  throw new InputProblem(error instanceof Error ? error.message : String(error));
};
const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(unreadable);
/** Not read as a whole: a file of tasks may be large. */
const assertReadable = (file: string): Promise<void> => access(file, constants.R_OK).catch(unreadable);

async function readCommon({ tasks, entry, further = [], truth }: PlayFiles) {
  return {
    tasksType: tasks?.endsWith('.jsonl') ? ('application/x-ndjson' as const) : ('text/csv' as const),
    entry: entry === undefined ? undefined : readEntry(await text(entry), entry),
    further: await Promise.all(further.map(text)),
    truth: truth === undefined ? new Map<string, string>() : await readTruth(truth),
  };
}

/** An entry may bring all tasks without any file of them. */
function assertTasks({ tasks, entry: file }: PlayFiles, { seeder, triggers = [] }: Partial<Entry> = {}): void {
  if (tasks !== undefined || (seeder ? seeder.source !== undefined : triggers.length > 0)) return;
  if (file === undefined) throw new InputProblem('give --pipeline and --tasks, or --answers');
  throw new InputProblem(`${file} brings no tasks of its own: give a file of them beside it, or its seeder a source`);
}

export async function readPlay(options: PlayFiles, say: (line: string) => void): Promise<Play> {
  const { pipeline, tasks, crew, answers } = options;
  if (answers !== undefined && crew !== undefined) throw new InputProblem('give --crew or --answers, not both');
  const common = await readCommon(options);
  if (tasks !== undefined) await assertReadable(tasks);
  if (answers === undefined) {
    if (pipeline === undefined) throw new InputProblem('give --pipeline and --tasks, or --answers');
    assertTasks(options, common.entry);
    const people = await readCrew(crew);
    const source = {
      ...common,
      pipeline: await text(pipeline),
      tasks: streamOf(tasks),
      people: [...people.workers, ...people.managers],
    };
    return { source, cast: { crew: people } };
  }
  const recorded = await readAnswers(answers);
  if (recorded.repeated > 0)
    say(`${recorded.repeated} answers repeat a worker's earlier one to a task; the first counts.`);
  const source = {
    ...common,
    pipeline: pipeline === undefined ? pipelineFor(recorded.answers) : await text(pipeline),
    tasks: streamOf(tasks) ?? tasksFor(recorded.answers),
    people: [...new Set(recorded.answers.map(({ worker }) => worker))].map((name) => ({ name, role: 'annotator' })),
  };
  return { source, cast: { answers: recorded.answers } };
}
