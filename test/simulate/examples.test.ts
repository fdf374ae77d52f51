// Every example ends as its expect.yaml says, played as `npm run examples` plays it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it, test } from 'vitest';
import { nodeKinds } from '../../core/pipeline.js';
import { nodeStatuses, taskStatuses } from '../../core/state.js';
import { uncovered } from '../../simulate/examples/coverage.js';
import { exampleNames, examplesFolder } from '../../simulate/examples/folder.js';
import type { ExampleResult } from '../../simulate/examples/play-example.js';
import { playExample } from '../../simulate/examples/play-example.js';
import { complaints, jsonLine, table } from '../../simulate/examples/report.js';

const { apiUrl, operatorKey } = inject('stack');
const made = mkdtempSync(join(tmpdir(), 'taskloom-examples-'));
const minutes = 60_000;
const results: ExampleResult[] = [];

const play = (name: string, folder = examplesFolder): Promise<ExampleResult> =>
  playExample(name, {
    folder,
    url: apiUrl,
    key: operatorKey,
    signal: new AbortController().signal,
    say: () => undefined,
  });

/** A copy of an example with some of its files changed, or, by null, left out. */
function changed(name: string, files: Record<string, string | null>): string {
  const copy = join(made, name);
  cpSync(join(examplesFolder, 'photo-triage'), copy, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(copy, file, '..'), { recursive: true });
    if (text === null) rmSync(join(copy, file));
    else writeFileSync(join(copy, file), text);
  }
  return name;
}

afterAll(() => {
  rmSync(made, { recursive: true });
});

describe('the examples', () => {
  test.each(exampleNames(examplesFolder))(
    '%s ends as it expects',
    async (name) => {
      const result = await play(name);
      results.push(result);

      expect(complaints(result)).toEqual([]);
    },
    2 * minutes,
  );

  it('together show every kind of node, and every status that nodes and tasks can have', () => {
    expect(uncovered(results)).toEqual([]);
  });

  it('are told what none of them shows', () => {
    const told = results.map((result) => ({
      nodeKinds: result.nodeKinds.filter((kind) => kind !== 'checkpoint'),
      nodeStatuses: result.nodeStatuses.filter((status) => status !== 'deferred'),
      taskStatuses: result.taskStatuses.filter((status) => status !== 'paused'),
    }));

    expect(uncovered(told)).toEqual([
      'no example shows a node of the kind checkpoint',
      'no example shows a node that is deferred',
      'no example shows a task that is paused',
    ]);
    expect(uncovered([])).toHaveLength(nodeKinds.length + nodeStatuses.length + taskStatuses.length);
  });

  it('are told in one JSON line', () => {
    const told = JSON.parse(jsonLine(results)) as Record<string, unknown>[];
    const [listing] = told.filter(({ name }) => name === 'listing');

    expect(told.map(({ name }) => name)).toEqual(exampleNames(examplesFolder));
    expect(Object.keys(told[0] ?? {})).toEqual(['name', 'nodeKinds', 'nodeStatuses', 'taskStatuses', 'ok']);
    expect(listing).toMatchObject({ nodeKinds: ['start', 'labeling', 'end'], ok: true });
    expect(table(results)).toHaveLength(told.length + 1);
  });

  it('each say on top what they show', () => {
    for (const name of exampleNames(examplesFolder))
      expect(readFileSync(join(examplesFolder, name, 'pipeline.yaml'), 'utf8')).toMatch(/^# .{20}/);
  });

  it('are chosen by name', () => {
    expect(exampleNames(examplesFolder, ['listing', 'quickstart'])).toEqual(['listing', 'quickstart']);
    expect(() => exampleNames(examplesFolder, ['listing', 'nothing'])).toThrow('there is no example nothing');
  });
});

describe('an example', () => {
  it('is not ok where it ends otherwise than it expects', async () => {
    const result = await play(changed('otherwise', { 'expect.yaml': 'outcomes: { complete: 10, discard: 1 }' }), made);

    expect(complaints(result)).toEqual(['examples/otherwise: expected outcomes.discard 1, got 2']);
    expect(result.ok).toBe(false);
  });

  it.each([
    ['without-expectations', { 'expect.yaml': null }, 'expect.yaml is missing'],
    ['without-a-crew', { 'crew.yaml': null }, 'crew.yaml is missing'],
    ['unknown-key', { 'expect.yaml': 'status: { finished: 12 }' }, '/: Unrecognized key: "status"'],
    [
      'unknown-node',
      { 'crew.yaml': 'people: [{ role: team_manager, reopens: [{ node: lable }] }]' },
      'team_manager-1, reopens/0: there is no node "lable"; there are start, ',
    ],
    [
      'unknown-moment',
      { 'crew.yaml': 'people: [{ role: team_manager, reruns: [{ mode: resume, at: { lable: finished } }] }]' },
      'team_manager-1, reruns/0: there is no node "lable"',
    ],
    ['bad-pipeline', { 'pipeline.yaml': 'name: bad\nnodes: []\nedges: []\n' }, 'the pipeline: '],
  ])('is not ok, and says why: %s', async (name, files, why) => {
    const result = await play(changed(name, files), made);

    expect(complaints(result).join('\n')).toContain(why);
    expect(result.ok).toBe(false);
  });

  it('may bring further pipelines, which are published before its own', async () => {
    const other =
      'name: Other\nnodes: [{ key: start, kind: start }, { key: check, kind: labeling, form: { type: object } }, ' +
      '{ key: vote, kind: consensus, form: { type: object }, overlap: { min: 1 }, policy: { kind: majority, fields: ' +
      '{ a: exact } } }, { key: end, kind: end }]\nedges: [{ from: start, to: check }, { from: check, to: vote }, ' +
      '{ from: vote, to: end }]\n';
    const name = changed('two-pipelines', { 'pipelines/other.yaml': other });

    expect(await play(name, made)).toMatchObject({ ok: true, nodeKinds: ['start', 'labeling', 'consensus', 'end'] });

    changed('two-pipelines', { 'pipelines/other.yaml': 'name: Other\nnodes: []\nedges: []\n' });
    expect(await play(name, made)).toMatchObject({ ok: false, taskStatuses: [] });
  });
});
