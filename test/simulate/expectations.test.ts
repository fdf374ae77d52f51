// What an example expects: every kind of expectation holds or fails by what ended, and what is no expectation is refused.
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Ending } from '../../simulate/examples/expectations.js';
import { mismatches, readExpectations } from '../../simulate/examples/expectations.js';

const ending: Ending = {
  statuses: { finished: 9, escalated: 1 },
  outcomes: { complete: 7, discard: 2 },
  nodes: { start: { finished: 10 }, label: { finished: 11, escalated: 1 } },
  visits: { label: { complete: 8, recalled: 3 } },
  cycles: { start: 10, resume: 1 },
  reached: new Set(['available', 'claimed', 'finished', 'escalated']),
  taskStatuses: new Set(['finished', 'paused']),
  tasks: 10,
  submissions: 12,
  reviews: { pass: 7, fail: 3 },
  fields: { '/label': { pass: 8, fail: 2 } },
  issueTags: { blurred: 3 },
  threads: { open: 1, resolved: 4 },
  comments: 9,
  executions: { succeeded: 6, failed: 2 },
  failures: { MODEL_TIMEOUT: 2 },
  rejections: { LEASE_LOST: 2 },
  work: new Map([['label', [{ task: { data: { size: 1 } } }, { task: { data: {} }, inputs: { note: 'none' } }]]]),
  timeline: new Set(['claimed', 'submitted']),
};

const failing = (expected: object): string[] =>
  mismatches(readExpectations(stringify(expected), 'expect.yaml'), ending);

describe('expectations', () => {
  it('hold where everything is as they say', () => {
    expect(
      failing({
        statuses: { finished: 9, escalated: { min: 1 }, quarantined: 0 },
        outcomes: { complete: { min: 5, max: 7 }, archive: 0 },
        nodes: { label: { finished: 11, na: 0 } },
        visits: { label: { recalled: { max: 3 }, superseded: 0 } },
        reached: { escalated: true, na: false },
        taskStatuses: { paused: true, failed: false },
        counts: { tasks: 10, submissions: { max: 12 }, reviews: { pass: 7, fixed: 0 } },
        rejections: { LEASE_LOST: { min: 1 }, NOT_HOLDER: 0 },
        work: { label: { '/inputs/note': { none: 1, absent: 1 }, '/task/data': { '{}': 1 }, '/gold': { absent: 2 } } },
        timeline: { contains: ['submitted'] },
      }),
    ).toEqual([]);
  });

  it.each([
    [{ statuses: { finished: 10 } }, 'statuses.finished 10, got 9'],
    [{ statuses: { quarantined: { min: 1 } } }, 'statuses.quarantined at least 1, got 0'],
    [{ outcomes: { discard: { max: 1 } } }, 'outcomes.discard at most 1, got 2'],
    [{ outcomes: { complete: { min: 8, max: 9 } } }, 'outcomes.complete 8 to 9, got 7'],
    [{ nodes: { label: { escalated: 0 } } }, 'nodes.label.escalated 0, got 1'],
    [{ nodes: { lable: { finished: 0 } } }, 'nodes.lable to be a node, got only start, label'],
    [{ visits: { label: { recalled: 2 } } }, 'visits.label.recalled 2, got 3'],
    [{ visits: { lable: { recalled: 0 } } }, 'visits.lable to be a node, got only label'],
    [{ counts: { cycles: { resume: 2, restart: 0 } } }, 'counts.cycles.resume 2, got 1'],
    [{ reached: { deferred: true } }, 'reached.deferred true, got false'],
    [{ reached: { escalated: false } }, 'reached.escalated false, got true'],
    [{ taskStatuses: { pending: true } }, 'taskStatuses.pending true, got false'],
    [{ counts: { tasks: 9 } }, 'counts.tasks 9, got 10'],
    [{ counts: { submissions: { min: 13 } } }, 'counts.submissions at least 13, got 12'],
    [{ counts: { reviews: { fail: 2 } } }, 'counts.reviews.fail 2, got 3'],
    [{ counts: { fields: { '/label': { fail: 1 } } } }, 'counts.fields./label.fail 1, got 2'],
    [{ counts: { fields: { '/size': { fail: 1 } } } }, 'counts.fields./size.fail 1, got 0'],
    [{ counts: { issueTags: { blurred: 2 } } }, 'counts.issueTags.blurred 2, got 3'],
    [{ counts: { threads: { open: 0 } } }, 'counts.threads.open 0, got 1'],
    [{ counts: { comments: 8 } }, 'counts.comments 8, got 9'],
    [{ work: { label: { '/task/data/size': { '1': 2 } } } }, 'work.label./task/data/size.1 2, got 1'],
    [{ work: { lable: { '/task': { absent: 2 } } } }, 'work.lable./task.absent 2, got 0'],
    [{ counts: { executions: { succeeded: 7 } } }, 'counts.executions.succeeded 7, got 6'],
    [{ counts: { failures: { MODEL_REFUSED: 1 } } }, 'counts.failures.MODEL_REFUSED 1, got 0'],
    [{ rejections: { LEASE_LOST: 1 } }, 'rejections.LEASE_LOST 1, got 2'],
    [{ timeline: { contains: ['voted'] } }, 'timeline to contain voted, got claimed, submitted'],
  ])('fail in words: %j', (expected, words) => {
    expect(failing(expected)).toEqual([`expected ${words}`]);
  });

  it('fail each for itself', () => {
    expect(failing({ statuses: { finished: 1 }, outcomes: { complete: 1 } })).toHaveLength(2);
  });
});

describe('what is no expectation', () => {
  const problemsOf = (text: string): readonly string[] => {
    try {
      readExpectations(text, 'expect.yaml');
    } catch (error) {
      return (error as { problems: readonly string[] }).problems;
    }
    return [];
  };

  it.each([
    ['statusses: { finished: 1 }', 'statusses'],
    ['statuses: { finnished: 1 }', 'finnished'],
    ['outcomes: { completed: 1 }', 'completed'],
    ['nodes: { label: { done: 1 } }', 'done'],
    ['reached: { waiting: true }', 'waiting'],
    ['counts: { votes: 1 }', 'votes'],
    ['counts: { cycles: { rerun: 1 } }', 'rerun'],
    ['counts: { reviews: { passed: 1 } }', 'passed'],
    ['statuses: { finished: { minimum: 1 } }', 'minimum'],
    ['rejections: { LEASE_LOSED: 1 }', 'LEASE_LOSED'],
    ['timeline: { contain: [voted] }', 'contain'],
  ])('is refused by its name: %s', (text, name) => {
    expect(problemsOf(text).join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it.each([
    ['', 'expects nothing'],
    ['{}', 'expects nothing'],
    ['statuses: {}', 'expects nothing'],
    ['nodes: { label: {} }', 'expects nothing'],
    ['counts: {}', 'expects nothing'],
    ['timeline: { contains: [] }', 'contains'],
    ['statuses: { finished: {} }', 'give min, max or both'],
    ['statuses: { finished: { min: 3, max: 2 } }', 'min is more than max'],
    ['statuses: { finished: -1 }', 'finished'],
    ['statuses: { finished: many }', 'finished'],
    ['[finished]', 'expected object'],
  ])('is refused where it says nothing or nonsense: %j', (text, why) => {
    expect(problemsOf(text).join('\n')).toContain(why);
  });

  it('is refused where it is no YAML', () => {
    expect(() => readExpectations('statuses: [', 'expect.yaml')).toThrow("expect.yaml can't be read");
  });
});
