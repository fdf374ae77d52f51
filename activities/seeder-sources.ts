// Asks a seeder's source for its next page, and keeps apart what is a task of it.
import type { Seeder } from '../db/queries/seeders.js';
import type { FetchedPage } from '../db/writes/seeders.js';
import type { ItemPage } from '../functions/generators.js';
import { generators } from '../functions/generators.js';
import { taskShape } from '../language/task-shape.js';
import { messageOf, ProgramFailure } from './programs/failure.js';
import type { CallSettings } from './programs/fetch-json.js';
import { fetchJson } from './programs/fetch-json.js';
import { beforeAbort } from './programs/overtime.js';

const itemsAtMost = 1_000;
const cursorAtMost = 2_000;
/** A source that has nothing now, and goes on later. */
const emptyPauseMs = 2_000;

const malformed = (detail: string): ProgramFailure => new ProgramFailure('RESULT_MALFORMED', detail);

function pageOf(answer: unknown): ItemPage {
  const { items, next } = (typeof answer === 'object' ? (answer ?? {}) : {}) as Record<string, unknown>;
  if (!Array.isArray(items)) throw malformed('the answer is no {items: […], next}');
  if (items.length > itemsAtMost) throw malformed(`a page has at most ${itemsAtMost} items`);
  if (next !== undefined && next !== null && (typeof next !== 'string' || next.length > cursorAtMost))
    throw malformed(`"next" is no text of at most ${cursorAtMost} characters, and not null`);
  return { items: items as unknown[], next: next ?? null };
}

function urlAt(url: string, cursor: string | null): string {
  const at = new URL(url);
  if (cursor !== null) at.searchParams.set('cursor', cursor);
  return at.toString();
}

async function generated(name: string, input: unknown, cursor: string | null, signal: AbortSignal): Promise<ItemPage> {
  const generator = Object.hasOwn(generators, name) ? generators[name] : undefined;
  if (!generator) throw new ProgramFailure('FUNCTION_UNKNOWN', `this worker has no generator "${name}"`);
  try {
    return pageOf(await beforeAbort(signal, generator({ cursor, input }, signal)));
  } catch (error) {
    if (error instanceof ProgramFailure) throw error;
    if (signal.aborted) throw new ProgramFailure('CALL_TIMEOUT', messageOf(error), { cause: error });
    throw new ProgramFailure('FUNCTION_FAILED', messageOf(error), { cause: error });
  }
}

async function ask(
  { id, source, cursor, fetched }: Seeder,
  calls: CallSettings,
  signal: AbortSignal,
): Promise<ItemPage> {
  if (source.kind === 'generator') return generated(source.name, source.input, cursor, signal);
  if (source.kind === 'list') return { items: [], next: null };
  return pageOf(await fetchJson(urlAt(source.url, cursor), { key: `${id}.${fetched}`, signal }, calls));
}

/** @throws ProgramFailure where the source can't be asked, or answers what is no page */
export async function nextPage(seeder: Seeder, calls: CallSettings, signal: AbortSignal): Promise<FetchedPage> {
  const { items, next } = await ask(seeder, calls, signal);
  const parsed = items.map((item) => taskShape.safeParse(item));
  const good = parsed.flatMap(({ data }) => (data ? [data] : []));
  const at = parsed.findIndex(({ success }) => !success);
  const issue = parsed[at]?.error?.issues[0];
  return {
    items: good,
    next,
    rejected: items.length - good.length,
    problem:
      issue &&
      `item ${seeder.fetched + seeder.rejected + at + 1} is no task: /${issue.path.join('/')}: ${issue.message}`,
    pauseMs: items.length === 0 && next !== null ? emptyPauseMs : 0,
  };
}
