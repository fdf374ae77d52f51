// `npm run simulate` as people and programs run it: a stack of its own up and down again, exit codes, and the last line.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import type { Report } from '../../simulate/simulate.js';
import { isAlive, parentOf } from '../../stack/running-process.js';

const { apiUrl, operatorKey } = inject('stack');
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'taskloom-simulate-'));
const withinMs = 100_000;

interface Run {
  code: number | null;
  output: string;
  errors: string;
  /** Every process below it, at the moment when its stack was up. */
  pids: number[];
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** Also those that lead a process group of their own. Elsewhere than on Linux there is no such list. */
function processesBelow(pid: number | undefined): number[] {
  const isBelow = (other: number): boolean => {
    const parent = parentOf(other);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((other) => other > 0 && isBelow(other));
}

/** What `npm run simulate -- …` runs. */
function run(args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, ['stack/bootstrap.mjs', 'simulate/main.ts', ...args], {
    cwd: root,
    timeout: withinMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { output: '', errors: '', pids: [] as number[] };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (heard.output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    heard.errors += chunk;
    if (heard.pids.length === 0 && /^API .*ready/m.test(heard.errors)) heard.pids = processesBelow(child.pid);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...heard });
    });
  });
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('npm run simulate', () => {
  it(
    'reports in one line of JSON, and leaves nothing of its own stack',
    async () => {
      const tasks = file('tasks.csv', 'id,text\na,Two blue mugs please\nb,I send it back\nc,Well done!\nd,It leaks\n');
      const truth = file('truth.csv', 'task,truth\na,order\nb,return\nc,praise\nd,complaint\n');
      const example = ['--pipeline', 'examples/quickstart/pipeline.yaml', '--crew', 'examples/quickstart/crew.yaml'];
      const given = ['--tasks', tasks, '--truth', truth, '--seed', '7', '--concurrency', '4', '--json'];

      const { code, output, errors, pids } = await run([...example, ...given]);

      expect(code, errors).toBe(0);
      const report = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Report;
      const some = {
        number: expect.any(Number) as number,
        text: expect.any(String) as string,
        counts: expect.any(Object) as Record<string, number>,
      };
      // No `ties`: the pipeline has no vote.
      expect(report).toEqual({
        projectId: some.text,
        pipelineId: some.text,
        tasks: 4,
        statuses: some.counts,
        outcomes: some.counts,
        nodes: some.counts,
        open: 0,
        actions: some.number,
        rejections: {},
        retries: some.counts,
        seconds: some.number,
        actionsPerSecond: some.number,
        latencyMs: { p50: some.number, p99: some.number },
        accuracy: some.number,
        historyEvents: { p50: some.number, max: some.number },
      });
      const { finished = 0, escalated = 0, quarantined = 0 } = report.statuses;
      expect(finished + escalated + quarantined).toBe(4);
      expect(report.actions).toBeGreaterThan(4);
      expect(report.historyEvents?.max).toBeGreaterThan(0);

      const stackFolder = / data in (.+)[/\\]pg\)/.exec(errors)?.[1] ?? '';
      expect(stackFolder).toContain(tmpdir());
      expect(existsSync(stackFolder)).toBe(false);
      // The program, worker and API, and two servers with their guards.
      if (process.platform === 'linux') expect(pids.length).toBeGreaterThanOrEqual(7);
      expect(pids.filter(isAlive)).toEqual([]);
    },
    withinMs,
  );

  it('ends with 2 and every problem of a pipeline that cannot be rehearsed', async () => {
    const pipeline = file(
      'bad.yaml',
      'name: bad\nnodes: [{ key: start, kind: start }, { key: end, kind: end }]\nedges: [{ from: start, to: nowhere }]\n',
    );
    const tasks = file('one.csv', 'id,text\na,hello\n');

    const server = ['--url', apiUrl, '--key', operatorKey];
    const { code, output, errors } = await run(['--pipeline', pipeline, '--tasks', tasks, '--json', ...server]);

    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain('  /edges/0/to: there is no node "nowhere"\n');
  });
});
