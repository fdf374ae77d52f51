// Imports of CSV and JSON Lines: streamed in, stored in chunks, started by a durable workflow. A bad row is reported with its line and the
// rest goes in; ?strict=true takes all rows or none.
import type { Request } from 'express';
import { Router } from 'express';
import { CsvError } from 'csv-parse';
import type pg from 'pg';
import type { z } from 'zod';
import { inTransaction } from '../../db/connection.js';
import { findBatch, projectOfBatch } from '../../db/queries/batches.js';
import type { NewTask, Stored, TaskHome } from '../../db/staging/tasks.js';
import { closeBatch, openBatch, storeTasks } from '../../db/staging/tasks.js';
import { importQuery } from '../contract/tasks.js';
import { csvTasks } from '../csv-tasks.js';
import type { ImportedRow, RowProblem } from '../imported-row.js';
import { jsonLinesTasks, jsonLinesTypes } from '../json-lines-tasks.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { newTask } from '../../language/new-task.js';
import { newId } from '../new-id.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { batchIdOf } from '../store-in-batch.js';
import type { Uploads } from '../uploads.js';
import { pipelineOf } from '../named-pipeline.js';

const chunkSize = 500;
const problemsShown = 1_000;
const rowsAtMost = 1_000_000;

type How = z.infer<typeof importQuery>;

const formats: {
  types: string[];
  read: (input: Request, how: How) => AsyncGenerator<ImportedRow>;
  invalid: 'CSV_INVALID' | 'JSON_LINES_INVALID';
}[] = [
  { types: ['text/csv'], read: (input, { from }) => csvTasks(input, from ?? 'anything'), invalid: 'CSV_INVALID' },
  {
    types: jsonLinesTypes,
    read: jsonLinesTasks,
    invalid: 'JSON_LINES_INVALID',
  },
];
type Format = (typeof formats)[number];

interface Imported {
  imported: number;
  rejected: number;
  /** Rows that a task was there for: among the imported where the pipeline lets them in, else left out. */
  duplicates: number;
  problems: RowProblem[];
}

interface Chunk {
  tasks: NewTask[];
  /** By row. */
  lines: Map<number | null, number>;
}

/** What has come of the rows so far. */
function createTally() {
  const result: Imported = { imported: 0, rejected: 0, duplicates: 0, problems: [] };
  const report = (problem: RowProblem): void => {
    result.rejected += 1;
    if (result.problems.length < problemsShown) result.problems.push(problem);
  };
  const stored = ({ tasks, lines }: Chunk, { handling, duplicates }: Stored): void => {
    result.imported += tasks.length - (handling === 'allow' ? 0 : duplicates.length);
    if (handling !== 'refuse') {
      result.duplicates += duplicates.length;
      return;
    }
    for (const { row, existing } of duplicates) {
      report({ line: lines.get(row) ?? 0, message: `the task ${existing} is there already` });
    }
  };
  return { result, report, stored };
}

/** Reads the body to its end and stores what is good of it. */
async function importRows(
  db: pg.Pool | pg.PoolClient,
  home: TaskHome,
  rows: AsyncGenerator<ImportedRow>,
): Promise<Imported> {
  const { result, report, stored } = createTally();
  let chunk: Chunk = { tasks: [], lines: new Map() };
  const flush = async (): Promise<void> => {
    if (chunk.tasks.length > 0) stored(chunk, await storeTasks(db, home, chunk.tasks));
    chunk = { tasks: [], lines: new Map() };
  };
  try {
    for await (const item of rows) {
      if ('problem' in item) report(item.problem);
      else {
        chunk.tasks.push(newTask(newId('tsk'), item.task, item.row));
        chunk.lines.set(item.row, item.line);
      }
      if (item.row > rowsAtMost) throw new Refusal('BODY_TOO_LARGE', `an import takes ${String(rowsAtMost)} rows`);
      if (chunk.tasks.length >= chunkSize) await flush();
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // After a broken quote nothing that follows can be trusted.
    report({
      line: Number((error as { lines?: unknown }).lines ?? 0),
      message: `${error.message}; nothing after it was read`,
    });
  }
  await flush();
  return result;
}

export function importRoutes(services: Services, uploads: Uploads): Router {
  const { pool, client } = services;
  const router = Router();

  async function load(
    req: Request,
    home: TaskHome & { batchId: string },
    { read, invalid }: Format,
    how: How,
  ): Promise<Imported> {
    const batch = { ...home, kind: 'import' as const };
    if (how.strict === 'false') {
      await openBatch(pool, batch);
      return importRows(pool, home, read(req, how));
    }
    const whole = async (transaction: pg.PoolClient): Promise<Imported> => {
      await openBatch(transaction, batch);
      const result = await importRows(transaction, home, read(req, how));
      if (result.rejected > 0) throw new Refusal(invalid, 'nothing was imported', { problems: result.problems });
      return result;
    };
    return uploads(() => inTransaction(pool, whole));
  }

  router.post('/pipelines/:pipeline/imports', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    const format = formats.find(({ types }) => req.is(types));
    if (!format) throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'send text/csv or application/x-ndjson');
    const how = importQuery.parse(req.query);
    const what = { ...how, strict: how.strict === 'true' };
    // The body is not part of what a retry is compared by: it would have to be held in memory.
    await once(services, caller, req, res, what, async ({ updateId }): Promise<Answer> => {
      const { projectId, id: pipelineId, versionId } = pipeline;
      const batchId = batchIdOf(updateId);
      const result = await load(req, { projectId, pipelineId, versionId, batchId }, format, how);
      const waits = await closeBatch(pool, batchId);
      if (result.imported === 0 && result.rejected > 0) {
        throw new Refusal(format.invalid, 'nothing was imported', { problems: result.problems });
      }
      await client.startImport(batchId);
      if (waits) await client.startBatchEnd(batchId);
      return { status: 201, body: { batchId, ...result } };
    });
  });

  router.get('/imports/:batch', async (req, res) => {
    const { projectId } = callerOf(req);
    const { batch } = req.params;
    if ((await projectOfBatch(pool, batch)) !== projectId) throw new Refusal('NOT_FOUND');
    res.json(await findBatch(pool, batch));
  });

  return router;
}
