// The example that users start from, and what makes a rehearsal worth repeating: the same seed, the same story.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { InputProblem } from '../../simulate/problems.js';
import type { SimulateOptions } from '../../simulate/simulate.js';
import { simulate } from '../../simulate/simulate.js';

const { apiUrl, operatorKey } = inject('stack');
const folder = mkdtempSync(join(tmpdir(), 'taskloom-quickstart-'));
const example = (name: string): string => fileURLToPath(new URL(`../../examples/quickstart/${name}`, import.meta.url));
const minutes = 60_000;

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const rehearse = (options: Partial<SimulateOptions> = {}) =>
  simulate({
    pipeline: example('pipeline.yaml'),
    tasks: example('tasks.csv'),
    url: apiUrl,
    key: operatorKey,
    ...options,
  });

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the quickstart', () => {
  it(
    'ends with every message finished or held',
    async () => {
      const { statuses, outcomes, rejections, open, accuracy } = await rehearse({ crew: example('crew.yaml') });
      const { finished = 0, escalated = 0, quarantined = 0 } = statuses;

      expect(finished + escalated + quarantined).toBe(40);
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(finished);
      expect(rejections).toEqual({});
      expect(open).toBe(0);
      expect(accuracy).toBeGreaterThan(0.8);
    },
    3 * minutes,
  );

  it(
    'tells the same story for the same seed, however many requests go at once',
    async () => {
      // One of each, so that the order in which people come to the work makes no difference either.
      const crew = file(
        'crew.yaml',
        `people:
  - { role: annotator, accuracy: 0.5, discardRate: 0.05 }
  - { role: reviewer, judge: { right: 0.9, wrong: 0.1 } }
  - { role: team_manager, resolve: { return: 0.4, accept: 0.2, fixAndAccept: 0.1, discard: 0.1, leave: 0.2 } }
`,
      );
      const story = async (seed: number, concurrency: number) => {
        const { statuses, outcomes, actions, accuracy, rejections } = await rehearse({ crew, seed, concurrency });
        return { statuses, outcomes, actions, accuracy, rejections };
      };

      const first = await story(5, 1);

      expect(await story(5, 8)).toEqual(first);
      expect(await story(6, 8)).not.toEqual(first);
    },
    3 * minutes,
  );

  it('gives back what people skip, which then is for others', async () => {
    const tasks = file('two.csv', 'id,text,gold\na,hello,order\nb,thanks,praise\n');
    const shy = '{ role: annotator, skipRate: 1 }';
    const alone = file('shy.yaml', `people: [${shy}]`);
    const others = '{ role: annotator, accuracy: 1 }, { role: reviewer, passRate: 1 }';
    const together = file('shy-and-others.yaml', `people: [${shy}, ${others}]`);

    expect(await rehearse({ tasks, crew: alone, patienceMs: 1_500 })).toMatchObject({ open: 2, actions: 4 });
    expect(await rehearse({ tasks, crew: together })).toMatchObject({ open: 0, outcomes: { complete: 2 } });
  });

  it('says so when patience ends with open tasks', async () => {
    const tasks = file('tasks.csv', 'id,text,gold\na,hello,order\nb,thanks,praise\n');
    const crew = file('nobody-reviews.yaml', 'people: [{ role: annotator, accuracy: 1 }]');

    const { open, statuses, nodes } = await rehearse({ tasks, crew, patienceMs: 1_500 });

    expect({ open, statuses, nodes }).toEqual({ open: 2, statuses: { in_progress: 2 }, nodes: { review: 2 } });
  });
});

describe('what cannot be rehearsed', () => {
  it('is told with every problem of the pipeline', async () => {
    const pipeline = file(
      'bad.yaml',
      'name: bad\nnodes: [{ key: start, kind: start }, { key: end, kind: end }]\nedges: [{ from: start, to: nowhere }]\n',
    );

    const problem: unknown = await rehearse({ pipeline }).catch((error: unknown) => error);

    expect(problem).toBeInstanceOf(InputProblem);
    expect((problem as InputProblem).problems).toContain('/edges/0/to: there is no node "nowhere"');
  });

  it('is told with the lines of the tasks that were left out', async () => {
    const tasks = file('lines.csv', 'id,text,gold\na,hello,order\nb,too,many,cells\n');
    const crew = file(
      'one.yaml',
      'people: [{ role: annotator_reviewer, count: 2, accuracy: 1, judge: { right: 1, wrong: 0 } }]',
    );
    const said: string[] = [];

    const report = await rehearse({ tasks, crew, say: (line) => said.push(line) });

    expect(report.outcomes).toEqual({ complete: 1 });
    expect(said).toContain('  line 3: 4 cells where the header has 3');
  });
});
