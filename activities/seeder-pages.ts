// Fetches a seeder's pages while its looks go on, one at a time: what is there already is drawn however slow the source is.
import type pg from 'pg';
import type { Seeder } from '../db/queries/seeders.js';
import { noteFailure, storePage } from '../db/writes/seeders.js';
import { ProgramFailure } from './programs/failure.js';
import type { CallSettings } from './programs/fetch-json.js';
import { nextPage } from './seeder-sources.js';

const askWithinMs = 30_000;
const firstPauseMs = 1_000;
const lastPauseMs = 60_000;

export interface SeederPages {
  /** Resolves once the page that is asked for now is stored, or its failure is. */
  ask(seeder: Seeder): Promise<void>;
  /** Gives up the page that is asked for; nothing is stored after it. */
  end(): Promise<void>;
}

export const wantsMore = ({ drained, buffered, keep, retryAt }: Seeder): boolean =>
  !drained && buffered < keep && (retryAt === null || retryAt.getTime() <= Date.now());

export function createPages(pool: pg.Pool, calls: CallSettings): SeederPages {
  const over = new AbortController();
  let page: Promise<void> | undefined;
  let defect: { error: unknown } | undefined;

  async function fetchPage(seeder: Seeder): Promise<void> {
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(askWithinMs)]);
    try {
      await storePage(pool, seeder, await nextPage(seeder, calls, signal));
    } catch (error) {
      if (over.signal.aborted) return;
      if (!(error instanceof ProgramFailure)) throw error;
      const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(seeder.failures, 10));
      await noteFailure(pool, seeder.id, `${error.code}: ${error.message}`, pauseMs);
    }
  }

  return {
    ask(seeder) {
      // Nobody may have waited for it: whoever asks next is told.
      if (defect) throw defect.error;
      page ??= fetchPage(seeder)
        .catch((error: unknown) => {
          defect = { error };
        })
        .finally(() => {
          page = undefined;
        });
      return page;
    },
    async end() {
      over.abort();
      await page;
    },
  };
}
