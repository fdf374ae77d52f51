// Settings of programs, reviews and times that change while tasks run: from the next visit or run on, until they are taken back.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, reviewed, voted } from '../support/project.js';
import { label, only, programProject, quick, withoutFailedEdge } from '../support/programs.js';
import { until } from '../support/until.js';

const hour = 60 * 60_000;

let people: Awaited<ReturnType<typeof programProject>>;
let project: TestProject;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  people = await programProject();
  ({ project } = people);
  [annotator, reviewer] = await Promise.all([project.person('annotator'), project.person('reviewer')]);
});

interface Refusal {
  code: string;
  settings: object;
  problems: { pointer: string }[];
}

const patch = (pipeline: string, node: string, settings: object) =>
  project.admin.send<Refusal>('PATCH', `/pipelines/${pipeline}/nodes/${node}/settings`, {
    body: JSON.stringify({ settings }),
    headers: { 'content-type': 'application/json' },
  });

const change = async (pipeline: string, node: string, settings: object): Promise<void> => {
  expectStatus(await patch(pipeline, node, settings), 200);
};

interface Visit extends Record<string, unknown> {
  id: string;
  status: string;
  openedAt: string;
  dueAt: string | null;
}

async function lastVisit(taskId: string, node: string): Promise<Visit> {
  const { body } = await project.admin.get<{ items: { node: string; instances: Visit[] }[] }>(`/tasks/${taskId}/nodes`);
  const visit = body.items.find((item) => item.node === node)?.instances.at(-1);
  if (!visit) throw new Error(`${taskId} was never at ${node}`);
  return visit;
}

const at = (visit: { id: string } | string, command: string): string =>
  `/node-instances/${typeof visit === 'string' ? visit : visit.id}/${command}`;

/** Somebody labels, then a model is asked. */
function labeledThenAsked(model: object) {
  const { nodes, ...rest } = reviewed();
  const it = {
    key: 'it',
    kind: 'llm',
    form: label,
    model: { prompt: 'What is it? {{ data.text }}', ...quick, ...model },
  };
  return {
    ...rest,
    nodes: nodes.map((node) => (node.key === 'qa' ? it : node)),
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'it' },
      { from: 'it', to: 'done' },
    ],
  };
}

describe('a model', () => {
  const performed = async (taskId: string) => {
    await people.ended(taskId);
    return lastVisit(taskId, 'it');
  };

  it('is asked by the changed prompt in the next run, also of the command that tells, until it is taken back', async () => {
    const pipeline = await project.pipeline(labeledThenAsked({ model: 'good' }));
    const tasks = [await project.task(pipeline), await project.task(pipeline), await project.task(pipeline)] as const;
    const labeled = async (taskId: string) => {
      await label1(annotator, pipeline, taskId);
      return performed(taskId);
    };

    expect(await labeled(tasks[0])).toMatchObject({ submission: { values: { label: 'cat' } } });
    await change(pipeline, 'it', { model: { prompt: 'Is it a dog? {{ data.text }}' } });
    expect(await labeled(tasks[1])).toMatchObject({ submission: { values: { label: 'dog' } } });
    await change(pipeline, 'it', { model: { prompt: null } });
    expect(await labeled(tasks[2])).toMatchObject({ submission: { values: { label: 'cat' } } });
    expect(await people.executionsOf(tasks[1])).toMatchObject([{ attempt: 1, status: 'succeeded' }]);
  });

  it('that is at work goes on as it began, in every attempt', async () => {
    const retry = { attempts: 3, initial: 'PT1S' };
    const pipeline = await project.pipeline(
      only({ kind: 'llm', form: label, model: { model: 'down', prompt: 'x', retry } }),
    );
    const before = await project.task(pipeline);
    await until('the first attempt', async () => (await people.executionsOf(before)).length > 0);
    await change(pipeline, 'it', { model: { model: 'good', prompt: 'a dog?', retry: { attempts: 1 } } });
    const after = await project.task(pipeline);

    expect(await performed(after)).toMatchObject({ performer: 'model:good', submission: { values: { label: 'dog' } } });
    expect(await people.ended(before)).toMatchObject({ outcome: 'discard' });
    expect(await people.executionsOf(before)).toMatchObject([
      { status: 'failed', code: 'MODEL_UNAVAILABLE' },
      { status: 'failed', code: 'MODEL_UNAVAILABLE' },
      { status: 'failed', code: 'MODEL_UNAVAILABLE' },
    ]);
  });

  it('is trusted less from the next run on, and then suggests to people, who are told what is new', async () => {
    const pipeline = await project.pipeline(
      withoutFailedEdge(only({ kind: 'llm', form: label, model: { model: 'good', prompt: 'x' } })),
    );
    await change(pipeline, 'it', { model: { minConfidence: 1 }, instructions: 'Look twice.' });
    await project.task(pipeline);
    const item = await until('work for people', () => claimNext(annotator, pipeline));

    expect(item).toMatchObject({ instructions: 'Look twice.', suggestion: { values: { label: 'cat' } } });
    await change(pipeline, 'it', { instructions: null });
    const { body } = await annotator.get<{ items: { nodeInstanceId: string }[] }>('/me/work');
    const again = body.items.find(({ nodeInstanceId }) => nodeInstanceId === item.nodeInstanceId);
    expect(again).toMatchObject({ instructions: null });
  });

  it('is checked as at publishing', async () => {
    const pipeline = await project.pipeline(labeledThenAsked({ model: 'good' }));

    expect(await patch(pipeline, 'it', { model: { prompt: '{{ data. }}', timeout: 'soon' } })).toMatchObject({
      status: 422,
      body: {
        code: 'PIPELINE_INVALID',
        problems: [{ pointer: '/nodes/2/model/timeout' }, { pointer: '/nodes/2/model/prompt' }],
      },
    });
    expect(await patch(pipeline, 'it', { model: { minConfidence: 2 } })).toMatchObject({
      status: 422,
      body: { problems: [{ pointer: '/settings/model/minConfidence' }] },
    });
    expect(await patch(pipeline, 'annotate', { model: { prompt: 'x' } })).toMatchObject({
      status: 422,
      body: { code: 'INVALID_REQUEST', problems: [{ pointer: '/settings/model' }] },
    });
  });
});

it('code is tried as often as the setting says', async () => {
  const { hookUrl } = inject('stack');
  const shaky = only({ kind: 'code', url: `${hookUrl}/shaky`, ...quick });
  const [once, often] = [
    await project.pipeline(shaky),
    await project.pipeline({ ...shaky, name: `often ${shaky.name}` }),
  ];
  await change(once, 'it', { retry: { attempts: 1 } });
  const tasks = [await project.task(once), await project.task(often)];
  const attempts = tasks.map(async (taskId) => {
    await people.ended(taskId);
    return (await people.executionsOf(taskId)).length;
  });

  expect(await Promise.all(attempts)).toEqual([1, 3]);
  expect(await patch(once, 'it', { lease: 'PT1M' })).toMatchObject({ status: 422 });
});

it('an external program has the time that its visit was opened with', async () => {
  const ways = [
    { from: 'it', on: 'complete', to: 'done' },
    { from: 'it', on: 'timeout', to: 'done' },
  ];
  const node = { kind: 'external', form: label, timeout: 'PT1H' };
  const pipeline = await project.pipeline(withoutFailedEdge(only(node, ways)));
  const before = await project.task(pipeline);
  await change(pipeline, 'it', { timeout: 'PT1S' });
  const after = await project.task(pipeline);

  await people.ended(after);
  expect(await lastVisit(after, 'it')).toMatchObject({ outcome: 'timeout' });
  expect(await lastVisit(before, 'it')).toMatchObject({ status: 'available' });
  const timeless = await project.pipeline(withoutFailedEdge(only({ kind: 'external', form: label }, ways.slice(0, 1))));
  expect(await patch(timeless, 'it', { timeout: 'PT1S' })).toMatchObject({
    status: 422,
    body: { code: 'PIPELINE_INVALID', problems: [{ pointer: '/nodes/1' }] },
  });
});

describe('a review', () => {
  it('wants words of a rejection as soon as its task heard of it, until it does no more', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    await change(pipeline, 'qa', { commentOnFail: true });
    const item = String((await claimNext(reviewer, pipeline))?.nodeInstanceId);

    expect(await reviewer.post(at(item, 'reject'))).toMatchObject({ body: { code: 'COMMENT_REQUIRED' } });
    await change(pipeline, 'qa', { commentOnFail: null });
    expectStatus(await reviewer.post(at(item, 'release')), 200);
    expectStatus(await reviewer.post(at(item, 'claim')), 200);
    expectStatus(await reviewer.post(at(item, 'reject')), 200);
  });

  it('is strict with rework that is opened from then on', async () => {
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    const rejected = async (): Promise<string> => {
      const item = await until('the review', () => claimNext(reviewer, pipeline, { tasks: [taskId] }));
      expectStatus(await reviewer.post(at(item.nodeInstanceId, 'reject'), { fields: ['/label'] }), 200);
      const work = await until('the rework', () => claimNext(annotator, pipeline, { tasks: [taskId] }));
      return at(work.nodeInstanceId, 'submit');
    };
    const same = { values: { label: 'x' } };
    await label1(annotator, pipeline, taskId);
    const open = await rejected();
    await change(pipeline, 'qa', { strict: true });
    expectStatus(await annotator.post(open, same), 200);

    const next = await rejected();
    expect(await annotator.post(next, same)).toMatchObject({ body: { code: 'FIELDS_UNCHANGED' } });
    expectStatus(await annotator.post(next, { values: { label: 'y' } }), 200);
  });
});

it('who did the work opens it again only where what follows runs again', async () => {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  const work = await label1(annotator, pipeline, taskId);
  const told = async (rerunOnStatusChange: boolean | null): Promise<void> => {
    await change(pipeline, 'annotate', { rerunOnStatusChange });
    const review = await until('the review', () => claimNext(reviewer, pipeline, { tasks: [taskId] }));
    expectStatus(await reviewer.post(at(review.nodeInstanceId, 'release')), 200);
  };
  await told(false);
  expect(await annotator.post(at(work, 'reopen'))).toMatchObject({ body: { code: 'NOT_AUTHOR' } });
  await told(null);

  expectStatus(await annotator.post(at(work, 'reopen')), 200);
  expect(await lastVisit(taskId, 'annotate')).toMatchObject({ status: 'available', visit: 2 });
});

describe('a visit', () => {
  const dueIn = ({ dueAt, openedAt }: Visit): number | null =>
    dueAt === null ? null : Date.parse(dueAt) - Date.parse(openedAt);

  it('is due as its node said when it was opened, for who works there and on every screen', async () => {
    const { nodes, ...rest } = reviewed();
    const settings = { due: 'PT1H' };
    const pipeline = await project.pipeline({
      ...rest,
      nodes: nodes.map((node) => (node.key === 'annotate' ? { ...node, settings } : node)),
    });
    const before = await project.task(pipeline);
    await change(pipeline, 'annotate', { due: 'PT2H' });
    await change(pipeline, 'qa', { due: 'PT3H' });
    const after = await project.task(pipeline);
    await change(pipeline, 'annotate', { due: null });
    const last = await project.task(pipeline);
    const work = await label1(annotator, pipeline, before);
    const item = await claimNext(reviewer, pipeline, { tasks: [before] });

    const seen = await Promise.all([before, after, last].map(async (id) => dueIn(await lastVisit(id, 'annotate'))));
    expect(seen).toEqual([hour, 2 * hour, hour]);
    const review = await lastVisit(before, 'qa');
    expect(dueIn(review)).toBe(3 * hour);
    expect(item).toMatchObject({ dueAt: review.dueAt });
    const { body } = await reviewer.get<{ items: object[] }>('/me/work');
    expect(body.items).toContainEqual(expect.objectContaining({ nodeInstanceId: review.id, dueAt: review.dueAt }));
    const submitted = (await annotator.get<{ items: object[] }>('/me/work?state=submitted')).body;
    expect(submitted.items).toContainEqual(
      expect.objectContaining({ nodeInstanceId: work, dueAt: expect.any(String) as string }),
    );
  });

  it('is due never where nothing says so, and is not any nearer while it is paused', async () => {
    const pipeline = await project.pipeline(reviewed());
    const never = await project.task(pipeline);
    await change(pipeline, 'annotate', { due: 'PT1H' });
    const taskId = await project.task(pipeline);
    expect(dueIn(await lastVisit(never, 'annotate'))).toBeNull();

    expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`), 200);
    await until('it to have moved', async () => (dueIn(await lastVisit(taskId, 'annotate')) ?? 0) > hour + 300);
    expectStatus(await project.admin.post(`/pipelines/${pipeline}/resume`), 200);
    const moved = dueIn(await lastVisit(taskId, 'annotate')) ?? 0;
    await label1(annotator, pipeline, taskId);
    expect(Math.abs((dueIn(await lastVisit(taskId, 'annotate')) ?? 0) - moved)).toBeLessThan(50);
  });
});

it.each([
  ['what a round of votes is', { overlap: { min: 3 } }, 422, '/settings/overlap'],
  ['a time that is none', { due: 'soon' }, 422, '/nodes/1/settings/due'],
])('%s is refused', async (_, settings, status, pointer) => {
  const pipeline = await project.pipeline(voted(2));

  const refused = await patch(pipeline, 'vote', settings);
  expect({ status: refused.status, pointer: refused.body.problems[0]?.pointer }).toEqual({ status, pointer });
  expect(await project.admin.get(`/pipelines/${pipeline}/nodes/vote/settings`)).toMatchObject({ body: { version: 0 } });
});
