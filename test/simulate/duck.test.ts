// 4,212 recorded answers of 39 people: the majority of real votes is a published figure.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { simulate } from '../../simulate/simulate.js';

const folder = fileURLToPath(new URL('../../../shared/crowd/D_Duck', import.meta.url));
const isThere = existsSync(folder);
const minutes = 60_000;

describe.skipIf(!isThere)(`D_Duck${isThere ? '' : ` (left out: ${folder} is not there)`}`, () => {
  const { apiUrl, operatorKey } = inject('stack');

  it(
    'comes to the accuracy that is published',
    async () => {
      const files = { answers: `${folder}/answer.csv`, truth: `${folder}/truth.csv` };

      const report = await simulate({ ...files, url: apiUrl, key: operatorKey, concurrency: 32 });

      expect(report.statuses).toEqual({ finished: 108 });
      expect(report.outcomes).toEqual({ complete: 108 });
      expect(report.rejections).toEqual({});
      expect(report.actions).toBe(2 * 4_212);
      expect(report.accuracy).toBe(0.7593);
      expect(report.ties).toBe(0);
    },
    6 * minutes,
  );
});
