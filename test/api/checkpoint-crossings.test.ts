// Small batches over and over, with items that are reopened and run again at any time: each checkpoint fires once, with each item
// once. `CHECKPOINT_CROSSINGS` says how many; the proof says more.
import { expect, inject, it } from 'vitest';
import { crossBatches } from '../support/checkpoint-crossings.js';
import { openPool } from '../support/open.js';
import { newProject } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();
const batches = Number(process.env['CHECKPOINT_CROSSINGS'] ?? '10');

it(
  `${String(batches)} batches, of which items are reopened and run again, fire once each with each item once`,
  { timeout: 120_000 + batches * 10_000 },
  async () => {
    const project = await newProject(apiUrl, operatorKey);
    const crew = await Promise.all(Array.from({ length: 4 }, () => project.person('annotator')));

    const { fired, expected, leftBehind } = await crossBatches(project, pool, { batches, items: 4, crew });

    expect(fired).toEqual(expected);
    expect(Object.keys(fired)).toHaveLength(batches);
    expect(leftBehind).toEqual([]);
  },
);
