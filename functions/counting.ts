// Items that are numbers from 1 on, for trying pipelines out: `input.upTo` says where they end; left out, they never do.
import { isObject } from '../core/json.js';
import type { GeneratorInput, ItemPage } from './generators.js';

const pageSize = 100;

export function counting({ cursor, input }: GeneratorInput): ItemPage {
  const upTo = isObject(input) && typeof input['upTo'] === 'number' ? input['upTo'] : Infinity;
  const before = cursor === null ? 0 : Number(cursor);
  const last = Math.min(before + pageSize, upTo);
  const items = Array.from({ length: Math.max(0, last - before) }, (_, index) => {
    const number = before + index + 1;
    return { externalId: `number-${number}`, data: { number, text: `number ${number}` } };
  });
  return { items, next: last < upTo ? String(last) : null };
}
