// kill -9 of the worker and the API while work comes in: as many cycles as rows, whatever was killed and however often it was sent.
// 10,000 rows are in `npm run proof`.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importWithKills, seedWithKill } from '../support/entry-kills.js';
import type { OwnStack } from '../support/own-stack.js';
import { ownStack } from '../support/own-stack.js';

const rows = Number(process.env['TASKLOOM_ENTRY_ROWS'] ?? 1_000);
const seeded = Math.min(rows, Math.max(300, rows / 5));
/** A small machine starts 25 cycles a second. */
const withinMs = 240_000 + rows * 200;
let own: OwnStack;

beforeAll(async () => {
  own = await ownStack();
});

afterAll(() => own.stop());

it(
  'an import is as many cycles as it has rows, also when it is sent again',
  async () => {
    expect(await importWithKills(own, rows)).toEqual({ tasks: rows, cycles: rows, workflows: rows, again: rows });
  },
  withinMs,
);

it(
  'a seeder goes on where it was, and seeds nothing twice',
  async () => {
    expect(await seedWithKill(own, seeded)).toEqual({ tasks: seeded, cycles: seeded, workflows: seeded });
  },
  withinMs,
);
