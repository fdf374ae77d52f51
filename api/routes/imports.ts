// CSV imports: streamed in, stored in chunks, started by a durable workflow. A bad row is reported with its line and the
// rest goes in; ?strict=true takes all rows or none.
import type { Request } from 'express';
import { Router } from 'express';
import { CsvError } from 'csv-parse';
import type pg from 'pg';
import type { z } from 'zod';
import { inTransaction } from '../../db/connection.js';
import { findBatch } from '../../db/queries/batches.js';
import type { NewTask, TaskHome } from '../../db/staging/tasks.js';
import { closeBatch, openBatch, storeTasks } from '../../db/staging/tasks.js';
import { importQuery } from '../contract/tasks.js';
import type { RowProblem } from '../csv-tasks.js';
import { csvTasks } from '../csv-tasks.js';
import type { Answer } from '../idempotency.js';
import { once } from '../idempotency.js';
import { callerOf, requireManager } from '../middleware/authenticate.js';
import { newTask } from '../../language/new-task.js';
import { newId } from '../new-id.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { batchIdOf } from '../store-in-batch.js';
import { pipelineOf } from './pipelines.js';

const chunkSize = 500;
const problemsShown = 1_000;
const rowsAtMost = 1_000_000;

type How = z.infer<typeof importQuery>;

interface Imported {
  imported: number;
  rejected: number;
  problems: RowProblem[];
}

/** Reads the body to its end and stores what is good of it. */
async function importRows(db: pg.Pool | pg.PoolClient, home: TaskHome, req: Request, how: How): Promise<Imported> {
  const result: Imported = { imported: 0, rejected: 0, problems: [] };
  let chunk: NewTask[] = [];
  const flush = async (): Promise<void> => {
    await storeTasks(db, home, chunk);
    result.imported += chunk.length;
    chunk = [];
  };
  const report = (problem: RowProblem): void => {
    result.rejected += 1;
    if (result.problems.length < problemsShown) result.problems.push(problem);
  };
  try {
    for await (const item of csvTasks(req, how.from ?? 'anything')) {
      if ('problem' in item) report(item.problem);
      else chunk.push(newTask(newId('tsk'), item.task, item.row));
      if (item.row > rowsAtMost) throw new Refusal('BODY_TOO_LARGE', `an import takes ${String(rowsAtMost)} rows`);
      if (chunk.length >= chunkSize) await flush();
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

export function importRoutes(services: Services): Router {
  const { pool, client } = services;
  const router = Router();

  async function load(req: Request, home: TaskHome & { batchId: string }, how: How): Promise<Imported> {
    await openBatch(pool, { ...home, kind: 'import' });
    if (how.strict === 'false') return importRows(pool, home, req, how);
    return inTransaction(pool, async (transaction) => {
      const result = await importRows(transaction, home, req, how);
      if (result.rejected > 0) throw new Refusal('CSV_INVALID', 'nothing was imported', { problems: result.problems });
      return result;
    });
  }

  router.post('/pipelines/:pipeline/imports', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    if (!req.is('text/csv')) throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'send text/csv');
    const how = importQuery.parse(req.query);
    // The body is not part of what a retry is compared by: it would have to be held in memory.
    await once(
      services,
      caller,
      req,
      res,
      { ...how, strict: how.strict === 'true' },
      async ({ updateId }): Promise<Answer> => {
        const { projectId, id: pipelineId, versionId } = pipeline;
        const batchId = batchIdOf(updateId);
        const result = await load(req, { projectId, pipelineId, versionId, batchId }, how);
        if (result.imported === 0 && result.rejected > 0) {
          throw new Refusal('CSV_INVALID', 'nothing was imported', { problems: result.problems });
        }
        const waits = await closeBatch(pool, batchId);
        await client.startImport(batchId);
        if (waits) await client.startBatchEnd(batchId);
        return { status: 201, body: { batchId, ...result } };
      },
    );
  });

  router.get('/imports/:batch', async (req, res) => {
    const { projectId } = callerOf(req);
    const batch = await findBatch(pool, req.params.batch);
    if (batch?.projectId !== projectId) throw new Refusal('NOT_FOUND');
    res.json(batch);
  });

  return router;
}
