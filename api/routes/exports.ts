// Exports: one line per task with what became of it, read page by page as the client takes it in.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import type pg from 'pg';
import { dataFields, nodesOfVersions } from '../../db/queries/exported-columns.js';
import { exportedTasks } from '../../db/queries/exported-tasks.js';
import { findMember } from '../../db/queries/members.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import type { TaskFilter } from '../../db/queries/tasks.js';
import type { ExportQuery } from '../contract/exports.js';
import { exportQuery } from '../contract/exports.js';
import { createTable, lineOf } from '../exported-lines.js';
import { requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { pipelineOf } from '../named-pipeline.js';

const pageAtMost = 200;
/** Text of a page; where tasks are large, a page has fewer of them. */
const pageBytes = 2_000_000;
const fieldPageAtMost = 2_000;
const fieldsAtMost = 1_000;

const firstPage = 25;

const nextPageSize = (size: number, bytes: number, atMost: number): number => {
  if (bytes > pageBytes) return Math.max(1, Math.floor(size / 4));
  return bytes < pageBytes / 4 ? Math.min(atMost, size * 2) : size;
};

type Filter = Omit<TaskFilter, 'after' | 'limit'>;

/** Texts of about a page each; nothing is read before the client has taken the text before. */
async function* lines(
  pool: pg.Pool,
  filter: Filter,
  first: string,
  write: (line: ReturnType<typeof lineOf>) => string,
): AsyncGenerator<string> {
  let after = first;
  for (let limit = firstPage; ;) {
    const page = await exportedTasks(pool, { ...filter, after, limit });
    const text = page.map((task) => write(lineOf(task))).join('');
    if (text !== '') yield text;
    if (page.length < limit) return;
    after = page.at(-1)?.id ?? after;
    limit = nextPageSize(limit, text.length, pageAtMost);
  }
}

/** The fields of all tasks that are exported: a table has to know its columns before its first row. */
async function fieldsOf(pool: pg.Pool, filter: Filter, first: string): Promise<string[]> {
  const found = new Set<string>();
  let limit = firstPage;
  for (let after: string | null = first; after !== null;) {
    const { fields, last, bytes } = await dataFields(pool, { ...filter, after, limit });
    for (const field of fields) found.add(field);
    if (found.size > fieldsAtMost) {
      throw new Refusal('INVALID_REQUEST', `the data have more than ${String(fieldsAtMost)} fields: take format=jsonl`);
    }
    after = last;
    limit = nextPageSize(limit, bytes, fieldPageAtMost);
  }
  return [...found].sort();
}

async function* withHeader(header: string, rows: AsyncGenerator<string>): AsyncGenerator<string> {
  yield header;
  yield* rows;
}

export function exportRoutes(services: Services): Router {
  const { pool, log } = services;
  const router = Router();

  async function filterOf(
    { projectId, pausedAt }: Pipeline,
    { assignee, include, ...query }: ExportQuery,
  ): Promise<Filter> {
    const { format: _, after: __, ...filter } = query;
    const member = assignee === undefined ? undefined : await findMember(pool, projectId, assignee);
    return {
      ...filter,
      isPaused: pausedAt !== null,
      assignee: member?.id ?? assignee,
      exceptStatus: include === 'quarantined' ? undefined : 'quarantined',
    };
  }

  async function textOf(filter: Filter, { format, after }: ExportQuery): Promise<AsyncGenerator<string>> {
    if (format === 'jsonl') return lines(pool, filter, after, (line) => `${JSON.stringify(line)}\n`);
    const nodes = await nodesOfVersions(pool, filter.pipelineId);
    const { header, row } = createTable(await fieldsOf(pool, filter, after), nodes);
    return withHeader(header, lines(pool, filter, after, row));
  }

  router.get('/exports', async (req, res) => {
    const query = exportQuery.parse(req.query);
    const { pipeline: of, caller } = await pipelineOf(services, req, query.pipelineId);
    requireManager(caller);
    const text = await textOf(await filterOf(of, query), query);
    // What fails so early is told as a problem; later only a transfer that breaks off can tell it.
    const begun = await text.next();
    res.type(
      query.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8',
    );
    res.setHeader('Content-Disposition', `attachment; filename="${query.pipelineId}.${query.format}"`);
    res.setHeader('Cache-Control', 'no-store');
    const all = begun.done ? text : withHeader(begun.value, text);
    try {
      // On an error it destroys the connection in the middle of a chunk; when the client goes, it ends the reading.
      await pipeline(Readable.from(all, { highWaterMark: 1 }), res);
    } catch (error) {
      log.warn({ err: error, pipelineId: query.pipelineId }, 'export broke off');
    }
  });

  return router;
}
