// Asking a source takes its bounded time, whatever a generator does with its signal.
import { expect, it, vi } from 'vitest';
import { nextPage } from '../../activities/seeder-sources.js';
import type { Seeder } from '../../db/queries/seeders.js';

vi.mock('../../functions/generators.js', () => ({ generators: { deaf: () => new Promise(() => undefined) } }));

it('gives up a generator that does not look at its signal', async () => {
  const seeder = { id: 's', source: { kind: 'generator', name: 'deaf' }, cursor: null, fetched: 0, rejected: 0 };
  const asked = nextPage(seeder as unknown as Seeder, {} as never, AbortSignal.timeout(20));
  await expect(asked).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
});
