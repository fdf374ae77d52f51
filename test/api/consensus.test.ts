// Votes over HTTP: more of them while they disagree, fewer once they are decided, what a consensus_review makes of them, and
// that nobody learns how others voted.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openPool } from '../support/open.js';
import type { Person, TestProject } from '../support/project.js';
import { adjudicated, claimNext, expectStatus, newProject, vote1, voted } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');
const pool = openPool();

interface Item {
  nodeInstanceId: string;
  draft: unknown;
  options?: { submissionId: string; hash: string; votes: number; action: string; values: { label: string } }[];
  reviewed?: { values: unknown };
  review?: { comment: string };
}
interface Visit {
  id: string;
  status: string;
  outcome?: string;
  performer?: string;
  result?: { values: unknown; tied?: unknown[] } | null;
}

let project: TestProject;
let ann: Person;
let bob: Person;
let cat: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, bob, cat, reviewer] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
});

const statusOf = async (taskId: string): Promise<Record<string, unknown>> =>
  (await project.admin.get(`/tasks/${taskId}`)).body;

async function visitsOf(taskId: string, node: string, who: Person = project.admin): Promise<Visit[]> {
  const { body } = await who.get<{ items: { node: string; instances: Visit[] }[] }>(`/tasks/${taskId}/nodes`);
  return body.items.find((item) => item.node === node)?.instances ?? [];
}

const visit = async (taskId: string, id: string): Promise<Visit | undefined> =>
  (await visitsOf(taskId, 'vote')).find((one) => one.id === id);

const claim = async (person: Person, pipeline: string, taskId: string): Promise<Item> => {
  const item = await claimNext(person, pipeline, { tasks: [taskId] });
  if (!item) throw new Error('nothing to claim');
  return item as unknown as Item;
};

const post = (person: Person, { nodeInstanceId }: Pick<Item, 'nodeInstanceId'>, action: string, body: object = {}) =>
  person.post(`/node-instances/${nodeInstanceId}/${action}`, body);

/** A slot that was taken away is on no list of its voter's; what they had written is kept. */
async function draftOf(instance: string, { id }: Person): Promise<unknown> {
  const text = 'select values from drafts where instance_id = $1 and member_id = $2';
  return (await pool.query<{ values: unknown }>(text, [instance, id])).rows[0]?.values;
}

/** A vote with other settings than `voted` gives it. */
function votedWith(slots: number, more: object) {
  const definition = voted(slots);
  const nodes = definition.nodes.map((node) => (node.key === 'vote' ? { ...node, ...more } : node));
  return { ...definition, nodes };
}

describe('Votes that disagree', () => {
  it('are asked for one more, until they agree', async () => {
    const pipeline = await project.pipeline(votedWith(2, { overlap: { min: 2, max: 5 }, onDisagreement: 'extend' }));
    const taskId = await project.task(pipeline);
    await vote1(ann, pipeline, taskId, 'a');
    expect(await claimNext(ann, pipeline, { tasks: [taskId] })).toBeUndefined();
    await vote1(bob, pipeline, taskId, 'b');

    const third = await vote1(cat, pipeline, taskId, 'b');

    expect(third).toBe(`${taskId}.1.vote.1.s3`);
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect((await visit(taskId, `${taskId}.1.vote.1`))?.result).toEqual({ values: { label: 'b' } });
  });
});

describe('Votes on each field', () => {
  it('give the values that won, laid over the submission that agrees with most of them', async () => {
    const policy = { kind: 'fields', fields: { label: 'caseFold', size: { tolerance: 1 } } };
    const definition = votedWith(3, { policy, form: { type: 'object' } });
    const pipeline = await project.pipeline(definition);
    const taskId = await project.task(pipeline);
    const answers = [
      { label: 'Cat', size: 9 },
      { label: 'dog', size: 4, note: 'small' },
      { label: 'cat', size: 5 },
    ];
    for (const [index, values] of answers.entries()) {
      const person = [ann, bob, cat][index] ?? ann;
      expectStatus(await post(person, await claim(person, pipeline, taskId), 'vote', { values }), 200);
    }

    expect((await visit(taskId, `${taskId}.1.vote.1`))?.result).toEqual({ values: { label: 'Cat', size: 4 } });
  });

  it('that disagree are settled by a manager, whose answer is the result', async () => {
    const pipeline = await project.pipeline(voted(2, 'escalate'));
    const taskId = await project.task(pipeline);
    await vote1(ann, pipeline, taskId, 'a');
    await vote1(bob, pipeline, taskId, 'b');

    const fix = { how: 'fixAndAccept', values: { label: 'c' } };
    expectStatus(await post(project.admin, { nodeInstanceId: `${taskId}.1.vote.1` }, 'resolve', fix), 200);

    expect((await visit(taskId, `${taskId}.1.vote.1`))?.result).toEqual({ values: { label: 'c' } });
  });
});

describe('Votes that are decided early', () => {
  const early = (onEarlyStop: string, onward: object = {}) => ({
    ...adjudicated({ overlap: { min: 4, stopEarly: true }, onEarlyStop, policy: majority, ...onward }),
  });
  const majority = { kind: 'majority', fields: { label: 'exact' } };

  /** Three of four agree while the fourth is at work. */
  async function decidedWithout(late: Person, pipeline: string): Promise<{ taskId: string; item: Item }> {
    const taskId = await project.task(pipeline);
    const item = await claim(late, pipeline, taskId);
    const others = [await project.person('annotator'), bob, cat];
    for (const person of others) await vote1(person, pipeline, taskId, 'a');
    expect(await statusOf(taskId)).toMatchObject({ nodes: ['judge'] });
    return { taskId, item };
  }

  it('take a late vote of who was at it, which counts no more and holds nothing up', async () => {
    const pipeline = await project.pipeline(early('accept'));
    const { taskId, item } = await decidedWithout(ann, pipeline);
    const work = await ann.get<{ items: Item[] }>('/me/work');
    expect(work.body.items.map(({ nodeInstanceId }) => nodeInstanceId)).toContain(item.nodeInstanceId);

    const late = await post(ann, item, 'vote', { values: { label: 'z' } });

    expect(late).toMatchObject({ status: 200, body: { status: 'finished', outcome: 'late' } });
    expect((await visit(taskId, `${taskId}.1.vote.1`))?.result).toEqual({ values: { label: 'a' } });
    expectStatus(await post(reviewer, await claim(reviewer, pipeline, taskId), 'approve'), 200);
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  it('close the slot of who skips instead, and hold nothing up', async () => {
    const pipeline = await project.pipeline(early('accept'));
    const { taskId, item } = await decidedWithout(ann, pipeline);

    const skipped = await post(ann, item, 'skip', { reason: 'too late' });

    expect(skipped).toMatchObject({ status: 200, body: { status: 'finished', outcome: 'superseded' } });
    expect(await statusOf(taskId)).toMatchObject({ status: 'in_progress', nodes: ['judge'] });
  });

  it('close what is being worked on where the node says so, and keep the answer as a draft', async () => {
    const pipeline = await project.pipeline(early('cancel'));
    const { item } = await decidedWithout(ann, pipeline);

    const beat = await post(ann, item, 'heartbeat', { values: { label: 'half' } });
    const vote = await post(ann, item, 'vote', { values: { label: 'z' } });

    expect([beat, vote]).toMatchObject(Array(2).fill({ status: 409, body: { code: 'CONSENSUS_CLOSED' } }));
    const draft = await draftOf(item.nodeInstanceId, ann);
    expect(draft).toEqual({ label: 'z' });
  });

  it('tell who comes too late for the whole task the same', async () => {
    const definition = votedWith(2, { overlap: { min: 4, stopEarly: true }, onEarlyStop: 'cancel' });
    const pipeline = await project.pipeline(definition);
    const taskId = await project.task(pipeline);
    const item = await claim(ann, pipeline, taskId);
    for (const person of [bob, cat, await project.person('annotator')]) await vote1(person, pipeline, taskId, 'a');
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished' });

    expect(await post(ann, item, 'vote', { values: { label: 'z' } })).toMatchObject({
      status: 409,
      body: { code: 'CONSENSUS_CLOSED' },
    });
    expect(await draftOf(item.nodeInstanceId, ann)).toEqual({ label: 'z' });
  });
});

describe('A consensus_review', () => {
  const disagreeing = async (reviewing: object = {}): Promise<{ pipeline: string; taskId: string }> => {
    const pipeline = await project.pipeline(adjudicated({}, reviewing));
    const taskId = await project.task(pipeline);
    await vote1(ann, pipeline, taskId, 'a');
    await vote1(bob, pipeline, taskId, 'b');
    return { pipeline, taskId };
  };
  const resultOf = async (taskId: string): Promise<unknown> => (await visitsOf(taskId, 'judge')).at(-1)?.result?.values;

  it('shows its holder the different answers without names, and takes the one that is picked', async () => {
    const { pipeline, taskId } = await disagreeing();
    const item = await claim(reviewer, pipeline, taskId);

    expect(item.options).toMatchObject([
      { votes: 1, action: 'complete', values: { label: 'a' } },
      { votes: 1, action: 'complete', values: { label: 'b' } },
    ]);
    expect(JSON.stringify(item)).not.toMatch(new RegExp(`${ann.id}|${bob.id}`));
    expect(await post(reviewer, item, 'approve', { pick: 'ghost' })).toMatchObject({
      status: 422,
      body: { code: 'OPTION_UNKNOWN' },
    });
    expect(await post(reviewer, item, 'approve')).toMatchObject({ status: 422, body: { code: 'OPTION_UNKNOWN' } });
    expectStatus(await post(reviewer, item, 'approve', { pick: item.options?.[1]?.hash }), 200);

    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
    expect(await resultOf(taskId)).toEqual({ label: 'b' });
  });

  it('takes values of its own, checked by the form of the vote', async () => {
    const { pipeline, taskId } = await disagreeing();
    const item = await claim(reviewer, pipeline, taskId);

    expect(await post(reviewer, item, 'approve', { values: { label: 7 } })).toMatchObject({
      status: 422,
      body: { code: 'FORM_INVALID' },
    });
    expectStatus(await post(reviewer, item, 'approve', { values: { label: 'ab' } }), 200);

    expect(await resultOf(taskId)).toEqual({ label: 'ab' });
    expect((await visitsOf(taskId, 'judge'))[0]).toMatchObject({ verdict: 'fixed', performer: reviewer.id });
  });

  it('asks for another round of the same voters, each with the own answer', async () => {
    const { pipeline, taskId } = await disagreeing();
    const item = await claim(reviewer, pipeline, taskId);
    expectStatus(await post(reviewer, item, 'reject', { comment: 'look again' }), 200);

    expect(await claimNext(cat, pipeline, { tasks: [taskId] })).toBeUndefined();
    const again = await claim(bob, pipeline, taskId);
    expect(again).toMatchObject({ draft: { label: 'b' }, review: { comment: 'look again' } });
    expect(JSON.stringify(again)).not.toContain('"a"');
    expectStatus(await post(bob, again, 'vote', { values: { label: 'a' } }), 200);
    await vote1(ann, pipeline, taskId, 'a');

    const second = await claim(reviewer, pipeline, taskId);
    expect(second).toMatchObject({
      options: [{ votes: 2, values: { label: 'a' } }],
      reviewed: { values: { label: 'a' } },
    });
    expectStatus(await post(reviewer, second, 'approve'), 200);
    await until('the task to finish', async () => (await statusOf(taskId))['status'] === 'finished');
  });

  it('that is for disagreements only is passed by where the votes agree', async () => {
    const pipeline = await project.pipeline(adjudicated({}, { only: 'disagreement' }));
    const taskId = await project.task(pipeline);
    for (const person of [ann, bob]) await vote1(person, pipeline, taskId, 'a');

    expect(await visitsOf(taskId, 'judge')).toMatchObject([{ status: 'na' }]);
    expect(await statusOf(taskId)).toMatchObject({ status: 'finished', outcome: 'complete' });
  });
});

describe('How others vote', () => {
  it('is shown to nobody but managers, on no route, before and after', async () => {
    const pipeline = await project.pipeline(adjudicated());
    const taskId = await project.task(pipeline);
    const both = await project.person('annotator_reviewer');
    await vote1(ann, pipeline, taskId, 'secret-a');
    const seen = async (who: Person): Promise<string> => {
      const paths = [
        `/tasks/${taskId}`,
        `/tasks/${taskId}/nodes`,
        `/tasks/${taskId}/timeline`,
        `/pipelines/${pipeline}/tasks`,
      ];
      const states = ['claimed', 'reserved', 'submitted'].map((state) => `/me/work?state=${state}`);
      const bodies = await Promise.all([...paths, ...states].map(async (path) => (await who.get(path)).body));
      return JSON.stringify(bodies);
    };
    const others = [bob, reviewer, both];
    const hidden = new RegExp(`secret-|${ann.id}|\\.s1"|disagree`);

    for (const who of others) expect(await seen(who)).not.toMatch(hidden);
    const claimed = await claim(bob, pipeline, taskId);
    expect(JSON.stringify(claimed)).not.toMatch(hidden);
    const tasksOf = async (who: Person): Promise<unknown> =>
      (await who.get<{ items: unknown[] }>(`/pipelines/${pipeline}/tasks?assignee=${bob.id}`)).body.items;
    expect([await tasksOf(ann), await tasksOf(bob), await tasksOf(project.admin)]).toMatchObject([[], [{}], [{}]]);
    await post(bob, claimed, 'vote', { values: { label: 'secret-b' } });
    expect(await seen(ann)).not.toMatch(new RegExp(`secret-b|${bob.id}|\\.s2"`));
    const item = await claim(reviewer, pipeline, taskId);
    expect(item.options).toHaveLength(2);
    expect(await seen(both)).not.toMatch(hidden);
    await post(reviewer, item, 'approve', { pick: item.options?.[0]?.submissionId });

    for (const who of [both, cat]) expect(await seen(who)).not.toMatch(hidden);
    expect(await seen(reviewer)).not.toMatch(new RegExp(`secret-b|${ann.id}|${bob.id}`));
    expect(await seen(project.admin)).toMatch(/secret-a.*secret-b/s);
  });
});
