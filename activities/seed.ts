// Keeps a seeder's tasks available: one activity that looks, draws what is missing and fetches what comes next, for as long as
// there is something to do. Everything it knows is in Postgres, so that killed anywhere it goes on where it was.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { untakenToStart } from '../db/queries/cycles-to-start.js';
import { findPipeline } from '../db/queries/pipelines.js';
import type { Seeder } from '../db/queries/seeders.js';
import { findSeeder } from '../db/queries/seeders.js';
import { drawItems, noteFailure, storePage } from '../db/writes/seeders.js';
import { sha256 } from '../language/hashing.js';
import type { TaskDescription } from '../language/new-task.js';
import { newTask } from '../language/new-task.js';
import { alive } from './alive.js';
import { ProgramFailure } from './programs/failure.js';
import type { CallSettings } from './programs/fetch-json.js';
import { nextPage } from './seeder-sources.js';
import type { CycleStarter } from './start-cycles.js';
import { startAll } from './start-cycles.js';

export interface SeedStarter extends CycleStarter {
  startBatchEnd(batchId: string): Promise<void>;
}

export interface SeedActivities {
  /** `waits`: paused, to be asked again when woken; `over`: there is nothing more to seed; `again`: ask at once. */
  seed(which: { seederId: string }): Promise<'waits' | 'over' | 'again'>;
}

/** Short enough that a crew never sees more than a few of them missing. */
const lookEveryMs = 250;
/** Then it hands back to its workflow, whose history shows that it lives. */
const lastsMs = 10 * 60_000;
const askWithinMs = 30_000;
const firstPauseMs = 1_000;
const lastPauseMs = 60_000;

export function createSeedActivities(pool: pg.Pool, starter: SeedStarter, calls: CallSettings): SeedActivities {
  async function draw({ id, pipelineId }: Seeder): Promise<number> {
    const pipeline = await findPipeline(pool, pipelineId);
    if (!pipeline) return 0;
    return drawItems(pool, id, pipeline.versionId, (item, row) =>
      newTask(`tsk_${sha256(`seeder\n${id}\n${row}`).slice(0, 32)}`, item as unknown as TaskDescription, row),
    );
  }

  async function fetchMore(seeder: Seeder): Promise<void> {
    const signal = AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(askWithinMs)]);
    try {
      await storePage(pool, seeder, await nextPage(seeder, calls, signal));
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error;
      const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(seeder.failures, 10));
      await noteFailure(pool, seeder.id, `${error.code}: ${error.message}`, pauseMs);
    }
  }

  const wantsMore = ({ drained, buffered, keep, retryAt }: Seeder): boolean =>
    !drained && buffered < keep && (retryAt === null || retryAt.getTime() <= Date.now());

  /** One look; true where there may be more to do at once. */
  async function keepUp(seeder: Seeder): Promise<boolean> {
    const isShort = seeder.available < seeder.keep;
    const isOver = seeder.drained && seeder.buffered === 0;
    const drawn = (isShort && seeder.buffered > 0) || isOver ? await draw(seeder) : 0;
    if (drawn > 0) await startAll(starter, await untakenToStart(pool, seeder.batchId));
    if (!wantsMore(seeder)) return false;
    await fetchMore(seeder);
    return isShort;
  }

  async function keep(seederId: string): Promise<'waits' | 'over' | 'again'> {
    const until = Date.now() + lastsMs;
    const first = await findSeeder(pool, seederId);
    // What an earlier try has stored and not started.
    if (first) await startAll(starter, await untakenToStart(pool, first.batchId));
    while (Date.now() < until) {
      const seeder = await findSeeder(pool, seederId);
      if (seeder?.state === 'paused') return 'waits';
      if (seeder?.state !== 'running') {
        // Its window is closed, which checkpoints may wait for.
        if (seeder) await starter.startBatchEnd(seeder.batchId);
        return 'over';
      }
      if (!(await keepUp(seeder))) await Context.current().sleep(lookEveryMs);
    }
    return 'again';
  }

  return { seed: ({ seederId }) => alive(keep(seederId)) };
}
