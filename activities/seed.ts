// Keeps a seeder's tasks available: one activity that looks, draws what is missing and fetches what comes next, for as long as
// there is something to do. Everything it knows is in Postgres, so that killed anywhere it goes on where it was.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import { untakenToStart } from '../db/queries/cycles-to-start.js';
import { findPipeline } from '../db/queries/pipelines.js';
import type { Seeder } from '../db/queries/seeders.js';
import { findSeeder } from '../db/queries/seeders.js';
import { drawItems } from '../db/writes/seeders.js';
import { derivedId } from '../language/hashing.js';
import type { TaskDescription } from '../language/new-task.js';
import { newTask } from '../language/new-task.js';
import { alive } from './alive.js';
import type { CallSettings } from './programs/fetch-json.js';
import type { SeederPages } from './seeder-pages.js';
import { createPages, wantsMore } from './seeder-pages.js';
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

export function createSeedActivities(pool: pg.Pool, starter: SeedStarter, calls: CallSettings): SeedActivities {
  /** True where more are missing that are there. */
  async function draw({ id, pipelineId, batchId }: Seeder): Promise<boolean> {
    const pipeline = await findPipeline(pool, pipelineId);
    if (!pipeline) return false;
    const { drawn, more } = await drawItems(pool, id, pipeline.versionId, (item, row) =>
      newTask(derivedId('tsk', 'seeder', id, row), item as unknown as TaskDescription, row),
    );
    if (drawn > 0) await startAll(starter, await untakenToStart(pool, batchId));
    return more;
  }

  /** One look, and the wait until the next one. */
  async function keepUp(seeder: Seeder, pages: SeederPages): Promise<void> {
    const isShort = seeder.available < seeder.keep;
    const isOver = seeder.drained && seeder.buffered === 0;
    const fetched = wantsMore(seeder) ? pages.ask(seeder) : undefined;
    if (((isShort && seeder.buffered > 0) || isOver) && (await draw(seeder))) return;
    const nextLook = Context.current().sleep(lookEveryMs);
    await (isShort && fetched ? Promise.race([nextLook, fetched]) : nextLook);
  }

  async function keep(seederId: string, pages: SeederPages): Promise<'waits' | 'over' | 'again'> {
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
      await keepUp(seeder, pages);
    }
    return 'again';
  }

  return {
    async seed({ seederId }) {
      const pages = createPages(pool, calls);
      return alive(keep(seederId, pages).finally(() => pages.end()));
    },
  };
}
