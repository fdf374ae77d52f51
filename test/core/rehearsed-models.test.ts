// Scripts of models: read from files, and merged for the one stand-in that answers by them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { mergeModels, readModels } from '../../simulate/models.js';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-models-'));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('are read from YAML', async () => {
  expect(await readModels(file('good.yaml', 'sorter: [{ when: cat, answer: { values: { a: 1 } } }]'))).toEqual({
    sorter: [{ when: 'cat', answer: { values: { a: 1 } } }],
  });
});

it.each([
  ['no-rules.yaml', 'sorter: []'],
  ['unknown-key.yaml', 'sorter: [{ answers: 1 }]'],
  ['no-yaml.yaml', 'sorter: [{'],
])('are refused: %s', async (name, text) => {
  await expect(readModels(file(name, text))).rejects.toThrow(name);
});

it('are merged, unless two say what the same model answers', () => {
  expect(Object.keys(mergeModels([{ a: [{ text: '1' }] }, { b: [{ text: '2' }] }]))).toEqual(['a', 'b']);
  expect(() => mergeModels([{ a: [{ text: '1' }] }, { a: [{ text: '2' }] }])).toThrow('"a"');
});
