// Models and code at work, on real parts: a local server speaks the models' wire format, another one is called by code.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person } from '../support/project.js';
import { claimNext, expectStatus } from '../support/project.js';
import { cat, label, only, programProject, quick, withoutFailedEdge } from '../support/programs.js';
import { until } from '../support/until.js';

const { hookUrl } = inject('stack');

let people: Awaited<ReturnType<typeof programProject>>;
let annotator: Person;
let reviewer: Person;

beforeAll(async () => {
  people = await programProject();
  annotator = await people.project.person('annotator');
  reviewer = await people.project.person('reviewer');
});

const llm = (model: string, more: object = {}) => ({
  kind: 'llm',
  form: label,
  model: { model, prompt: 'What is it? {{ data.text }}', ...quick, ...more },
});

describe('a model', () => {
  it('claims and submits like a person, and is never asked twice', async () => {
    const task = await people.run(only(llm('good')));

    expect(await people.ended(task)).toMatchObject({ status: 'finished', outcome: 'complete' });
    const { body } = await people.project.admin.get<{ items: { node: string; instances: object[] }[] }>(
      `/tasks/${task}/nodes`,
    );
    expect(body.items.find(({ node }) => node === 'it')?.instances).toMatchObject([
      { status: 'finished', performer: 'model:good', submission: { values: { label: 'dog' } } },
    ]);
    expect(await people.executionsOf(task)).toMatchObject([{ attempt: 1, status: 'succeeded' }]);
  });

  it.each([
    ['malformed answers', 'chatty', 3, 'MODEL_MALFORMED'],
    ['values that do not fit the form', 'wrong', 3, 'MODEL_MALFORMED'],
    ['a refusal', 'prudish', 1, 'MODEL_REFUSED'],
    ['an endpoint that is down', 'down', 3, 'MODEL_UNAVAILABLE'],
    ['one that never answers', 'silent', 2, 'MODEL_TIMEOUT'],
    ['more cost than its budget', 'dear', 1, 'MODEL_OVER_BUDGET'],
  ])('with %s takes the edge "failed"', async (_, model, attempts, code) => {
    const budget = { price: { input: 3, output: 15 }, budget: { cost: 0.1 } };
    const slow = model === 'silent' ? { timeout: 'PT0.3S', retry: { attempts: 2, initial: 'PT0.1S' } } : {};
    const task = await people.run(only(llm(model, { ...budget, ...slow })));

    expect(await people.ended(task)).toMatchObject({ status: 'finished', outcome: 'discard' });
    const executions = await people.executionsOf(task);
    expect(executions).toHaveLength(attempts);
    expect(executions.every((execution) => execution.status === 'failed' && execution.code === code)).toBe(true);
    if (model === 'dear') expect(executions[0]?.cost).toBeCloseTo(0.42, 5);
  });

  it('is tried again where that helps', async () => {
    const task = await people.run(only(llm('shaky')), `shaky ${randomUUID()}`);

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
    expect((await people.executionsOf(task)).map(({ status }) => status)).toEqual(['failed', 'failed', 'succeeded']);
  });

  it('whose answer was malformed is asked anew, not for the same answer again', async () => {
    const task = await people.run(only(llm('muddled')), `muddled ${randomUUID()}`);

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
    expect((await people.executionsOf(task)).map(({ code }) => code)).toEqual([
      'MODEL_MALFORMED',
      'MODEL_MALFORMED',
      null,
    ]);
  });

  it('that fails for good leaves the work to people', async () => {
    const pipeline = await people.project.pipeline(withoutFailedEdge(only(llm('prudish'))));
    const task = await people.project.task(pipeline, { data: { text: 'x' } });

    const item = await until('work to claim', () => claimNext(annotator, pipeline));
    expectStatus(await annotator.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: cat }), 200);

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
  });

  it('that fails for good fails the cycle where the node says so', async () => {
    const task = await people.run(withoutFailedEdge(only({ ...llm('prudish'), onFailure: 'fail' })));

    expect(await people.ended(task)).toMatchObject({
      status: 'failed',
      failure: 'it: MODEL_REFUSED, I would rather not',
    });
  });

  it('that is unsure only suggests', async () => {
    const pipeline = await people.project.pipeline(withoutFailedEdge(only(llm('unsure', { minConfidence: 0.5 }))));
    await people.project.task(pipeline, { data: { text: 'x' } });

    expect(await until('work to claim', () => claimNext(annotator, pipeline))).toMatchObject({
      node: 'it',
      suggestion: { values: { label: 'cat' }, confidence: 0.2, by: 'model:unsure' },
    });
  });

  it('pre-annotates for a person', async () => {
    const settings = { model: { model: 'good', prompt: '{{ data.text }}', as: 'suggest', ...quick } };
    const pipeline = await people.project.pipeline(
      withoutFailedEdge(only({ kind: 'labeling', form: label, settings })),
    );
    await people.project.task(pipeline, { data: { text: 'a cat' } });

    expect(await until('work to claim', () => claimNext(annotator, pipeline))).toMatchObject({
      suggestion: { values: { label: 'cat' }, by: 'model:good' },
    });
  });

  it('reviews; what it rejects goes back to the author, and comes to it again', async () => {
    const judge = (model: string) => ({
      ...only({ kind: 'labeling', form: label }, [
        { from: 'it', on: 'complete', to: 'qa' },
        { from: 'qa', on: 'approve', to: 'done' },
      ]),
      nodes: [
        { key: 'start', kind: 'start' },
        { key: 'it', kind: 'labeling', form: label },
        {
          key: 'qa',
          kind: 'review',
          reviews: 'it',
          limits: { maxReviewFailures: 0, maxReReviews: 4 },
          settings: { model: { model, prompt: 'Is it right? {{ results.it.values.label }}', as: 'worker', ...quick } },
        },
        { key: 'done', kind: 'end' },
      ],
      edges: [
        { from: 'start', to: 'it' },
        { from: 'it', on: 'complete', to: 'qa' },
        { from: 'qa', on: 'approve', to: 'done' },
      ],
    });
    const answer = async (model: string): Promise<string> => {
      const pipeline = await people.project.pipeline(judge(model));
      const task = await people.project.task(pipeline);
      const item = await until('work to claim', () => claimNext(annotator, pipeline));
      expectStatus(await annotator.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: cat }), 200);
      return task;
    };

    expect(await people.ended(await answer('kind'))).toMatchObject({ outcome: 'complete' });
    const rejected = await answer('strict');
    await until('the escalation', async () =>
      (await people.taskOf(rejected)).status === 'escalated' ? true : undefined,
    );
  });

  it('costs are told to managers only', async () => {
    const task = await people.run(only(llm('good', { price: { input: 3, output: 15 } })));
    await people.ended(task);

    expect((await people.executionsOf(task))[0]?.cost).toBeGreaterThan(0);
    const { body } = await reviewer.get<{ items: object[] }>(`/tasks/${task}/executions?by=programs`);
    expect(body.items[0]).not.toHaveProperty('cost');
  });
});

describe('code', () => {
  const lengthForm = { type: 'object', properties: { length: { type: 'integer' } } };
  const call = (path: string, more: object = {}) => ({
    kind: 'code',
    url: `${hookUrl}${path}`,
    form: lengthForm,
    ...quick,
    ...more,
  });
  const ways = [
    { from: 'it', on: 'long', to: 'done' },
    { from: 'it', on: 'short', to: 'lost' },
  ];

  it.each([
    ['long', 'a text that is long', 'complete'],
    ['short', 'short', 'discard'],
  ])('is called, signed, and takes its pathway %s', async (_, text, outcome) => {
    const task = await people.run(only(call('/long', { pathways: ['long', 'short'] }), ways), text);

    expect(await people.ended(task)).toMatchObject({ outcome });
  });

  it('is called again with the same key until it works', async () => {
    const task = await people.run(only(call('/shaky')));

    expect(await people.ended(task)).toMatchObject({ outcome: 'complete' });
    expect((await people.executionsOf(task)).map(({ code }) => code)).toEqual([
      'CALL_UNAVAILABLE',
      'CALL_UNAVAILABLE',
      null,
    ]);
  });

  it.each([
    ['/teapot', 1, 'CALL_REFUSED'],
    ['/prose', 1, 'RESULT_MALFORMED'],
    ['/never', 3, 'CALL_TIMEOUT'],
  ])('%s: takes the edge "failed"', async (path, attempts, code) => {
    const task = await people.run(only(call(path, { timeout: 'PT0.3S' })));

    expect(await people.ended(task)).toMatchObject({ outcome: 'discard' });
    const executions = await people.executionsOf(task);
    expect(executions.map((execution) => execution.code)).toEqual(Array.from({ length: attempts }, () => code));
  });

  it('that answers with a pathway the node does not have fails', async () => {
    const task = await people.run(withoutFailedEdge(only(call('/elsewhere'))));

    expect(await people.ended(task)).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('INVALID_ACTION') as string,
    });
  });

  it('on a host that the worker may not call fails the cycle, with a cause that says what to do', async () => {
    const task = await people.run(withoutFailedEdge(only(call('', { url: 'http://127.0.0.1:9/x' }))));

    expect(await people.ended(task)).toMatchObject({
      status: 'failed',
      failure: 'it: CALL_NOT_ALLOWED, 127.0.0.1:9 is not in TASKLOOM_CALL_HOSTS of the worker',
    });
  });

  it('may be a registered function', async () => {
    const known = await people.run(only({ kind: 'code', function: 'most-common', ...quick }));
    const unknown = await people.run(only({ kind: 'code', function: 'no-such', ...quick }));

    expect(await people.ended(known)).toMatchObject({ outcome: 'complete' });
    expect(await people.ended(unknown)).toMatchObject({ outcome: 'discard' });
    expect(await people.executionsOf(unknown)).toMatchObject([{ code: 'FUNCTION_UNKNOWN' }]);
  });
});
