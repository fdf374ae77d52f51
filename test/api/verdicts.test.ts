// Reviews in full: fix-and-pass, verdicts by field, comments that are due, samples, strict rework, and the diff.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let annotator: Person;
let other: Person;
let reviewer: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other, reviewer] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
  ]);
});

/** labeling → review, with more to say of the review. */
function judgedBy(more: object) {
  const { nodes, ...rest } = reviewed();
  return { ...rest, nodes: nodes.map((node) => (node.key === 'qa' ? { ...node, ...more } : node)) };
}

/** A task that was labeled and whose review is claimed. */
async function inReview(more: object = {}) {
  const pipeline = await project.pipeline(judgedBy(more));
  const taskId = await project.task(pipeline);
  await label1(annotator, pipeline, taskId, 'cat');
  const item = await claimNext(reviewer, pipeline);
  return {
    pipeline,
    taskId,
    work: `/node-instances/${taskId}.1.annotate.1`,
    review: `/node-instances/${String(item?.nodeInstanceId)}`,
  };
}

interface Nodes {
  items: { node: string; instances: Record<string, unknown>[] }[];
}
const nodesOf = async (taskId: string): Promise<Record<string, unknown>[]> =>
  (await project.admin.get<Nodes>(`/tasks/${taskId}/nodes`)).body.items.flatMap(({ instances }) => instances);

describe('an approval with values', () => {
  it('is a fix, checked against the reviewed form, and is what the node came to', async () => {
    const { taskId, work, review } = await inReview();

    const wrong = await reviewer.post(`${review}/approve`, { values: { label: 7 } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'FORM_INVALID', problems: [{ pointer: '/label' }] } });
    expectStatus(await reviewer.post(`${review}/approve`, { values: { label: 'dog' }, comment: 'a dog' }), 200);

    expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({ status: 'finished' });
    expect(await nodesOf(taskId)).toContainEqual(
      expect.objectContaining({
        kind: 'review',
        verdict: 'fixed',
        submission: expect.objectContaining({ values: { label: 'dog' } }) as object,
      }),
    );
    const changes = [{ op: 'replace', path: '/label', value: 'dog', before: 'cat' }];
    expect((await annotator.get(`${work}/diff`)).body).toMatchObject({ changes });
    expect((await reviewer.get(`${review}/diff`)).body).toMatchObject({ changes });
  });

  it('is shown to the next review as what it judges', async () => {
    const { nodes, edges, ...rest } = reviewed();
    const qa2 = { key: 'qa2', kind: 'review', reviews: 'annotate', shows: { authors: true } };
    const way = [
      ...edges.slice(0, 2),
      { from: 'qa', on: 'approve', to: 'qa2' },
      { from: 'qa2', on: 'approve', to: 'done' },
    ];
    const pipeline = await project.pipeline({ ...rest, nodes: [...nodes, qa2], edges: way });
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId, 'cat');
    const item = await claimNext(reviewer, pipeline);
    expectStatus(
      await reviewer.post(`/node-instances/${String(item?.nodeInstanceId)}/approve`, { values: { label: 'dog' } }),
      200,
    );

    expect(await claimNext(reviewer, pipeline)).toBeUndefined();
    const second = await claimNext(await project.person('reviewer'), pipeline);
    expect(second).toMatchObject({ node: 'qa2', reviewed: { values: { label: 'dog' }, performer: reviewer.id } });
  });
});

describe('values of a manager', () => {
  it('are seen as what was handed in, whatever was held', async () => {
    const rework = await inReview({ limits: { maxReviewFailures: 0, maxReReviews: 9 } });
    expectStatus(await reviewer.post(`${rework.review}/reject`), 200);
    const held = await inReview();
    expectStatus(await reviewer.post(`${held.review}/escalate`, { reason: 'unclear' }), 200);
    const fix = { how: 'fixAndAccept', values: { label: 'dog' } };

    const path = `/node-instances/${rework.taskId}.1.annotate.2/resolve`;
    expectStatus(await project.admin.post(path, fix), 200);
    expectStatus(await project.admin.post(`${held.review}/resolve`, fix), 200);

    const submission = expect.objectContaining({ values: { label: 'dog' } }) as object;
    expect(await nodesOf(rework.taskId)).toContainEqual(
      expect.objectContaining({ kind: 'labeling', visit: 2, submission }),
    );
    expect(await nodesOf(held.taskId)).toContainEqual(
      expect.objectContaining({ kind: 'review', verdict: 'fixed', submission }),
    );
  });
});

describe('verdicts by field', () => {
  const fieldVerdicts = [{ field: '/label', verdict: 'fail', comment: 'a dog' }];

  it('are shown to the author with the rework, and kept with the review', async () => {
    const { pipeline, taskId, review } = await inReview();

    expectStatus(await reviewer.post(`${review}/reject`, { fieldVerdicts }), 200);

    const item = await claimNext(annotator, pipeline);
    expect(item).toMatchObject({ review: { fields: ['/label'], fieldVerdicts } });
    expect(await nodesOf(taskId)).toContainEqual(
      expect.objectContaining({ verdict: 'fail', review: expect.objectContaining({ fieldVerdicts }) as object }),
    );
  });

  it.each([
    ['no pointer', [{ field: 'label', verdict: 'fail' }]],
    ['no verdict', [{ field: '/label', verdict: 'perhaps' }]],
    ['too many', Array.from({ length: 101 }, () => ({ field: '/label', verdict: 'pass' }))],
  ])('with %s are refused', async (_, wrong) => {
    const { review } = await inReview();

    const reply = await reviewer.post(`${review}/approve`, { fieldVerdicts: wrong });

    expect(reply).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
  });
});

describe('commentOnFail', () => {
  it('wants a comment with a rejection', async () => {
    const { review } = await inReview({ commentOnFail: true });

    expect(await reviewer.post(`${review}/reject`)).toMatchObject({ status: 422, body: { code: 'COMMENT_REQUIRED' } });
    expectStatus(await reviewer.post(`${review}/reject`, { comment: 'a dog' }), 200);
  });

  it('left out wants none', async () => {
    const { review } = await inReview();

    expectStatus(await reviewer.post(`${review}/reject`), 200);
  });
});

describe('a sample', () => {
  it('of 0 passes every task on, of 1 none', async () => {
    const [none, all] = [
      await project.pipeline(judgedBy({ sample: 0 })),
      await project.pipeline(judgedBy({ sample: 1 })),
    ];
    const [passed, judged] = [await project.task(none), await project.task(all)];
    await label1(annotator, none, passed);
    await label1(annotator, all, judged);

    expect((await project.admin.get(`/tasks/${passed}`)).body).toMatchObject({
      status: 'finished',
      outcome: 'complete',
    });
    expect(await nodesOf(passed)).toContainEqual(
      expect.objectContaining({ kind: 'review', status: 'na', outcome: 'approve' }),
    );
    expect((await project.admin.get(`/tasks/${judged}`)).body).toMatchObject({ status: 'in_progress', nodes: ['qa'] });
  });
});

describe('strict rework', () => {
  async function rejected(more: object) {
    const { pipeline, taskId, review } = await inReview(more);
    expectStatus(await reviewer.post(`${review}/reject`, { fields: ['/label'] }), 200);
    const item = await claimNext(annotator, pipeline);
    return { pipeline, taskId, path: `/node-instances/${String(item?.nodeInstanceId)}` };
  }

  it('has to change what was failed', async () => {
    const { path } = await rejected({ strict: true });

    const same = await annotator.post(`${path}/submit`, { values: { label: 'cat' } });

    expect(same).toMatchObject({
      status: 422,
      body: {
        code: 'FIELDS_UNCHANGED',
        detail: expect.stringMatching(/^\/label;/) as string,
        problems: [{ pointer: '/label' }],
      },
    });
    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'dog' } }), 200);
  });

  it('or to say why not, to the reviewer and on the timeline', async () => {
    const { pipeline, taskId, path } = await rejected({ strict: true });
    const answers = { '/label': 'it is a cat, see its tail' };

    expectStatus(await annotator.post(`${path}/submit`, { values: { label: 'cat' }, answers }), 200);

    expect(await claimNext(reviewer, pipeline)).toMatchObject({ reviewed: { values: { label: 'cat' }, answers } });
    const { body } = await project.admin.get<{ items: object[] }>(`/tasks/${taskId}/timeline`);
    expect(body.items).toContainEqual(
      expect.objectContaining({ type: 'submitted', detail: expect.objectContaining({ answers }) as object }),
    );
  });

  it('is asked of rework, not of a cycle that began anew', async () => {
    const { pipeline, path } = await rejected({ strict: true });
    expectStatus(await annotator.post(`${path}/escalate`, { reason: 'begin anew' }), 200);
    expectStatus(await project.admin.post(`${path}/resolve`, { how: 'restart' }), 200);
    await expect.poll(async () => claimNext(annotator, pipeline)).toMatchObject({ visit: 3 });
    const [item] = (await annotator.get<{ items: { nodeInstanceId: string }[] }>('/me/work')).body.items;

    expect(item).not.toHaveProperty('rejected');
    expectStatus(
      await annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/submit`, { values: { label: 'cat' } }),
      200,
    );
  });

  it('may also be discarded, and elsewhere anything may stay', async () => {
    const { path } = await rejected({ strict: true });
    expectStatus(await annotator.post(`${path}/submit`, { action: 'discard' }), 200);

    const loose = await rejected({});
    expectStatus(await annotator.post(`${loose.path}/submit`, { values: { label: 'cat' } }), 200);
  });
});

describe('the diff to the visit before', () => {
  it('is between two submissions, for the rework and for its review', async () => {
    const { pipeline, taskId, work, review } = await inReview();
    expect((await reviewer.get(`${review}/diff`)).body).toMatchObject({ from: null, changes: [] });
    expectStatus(await reviewer.post(`${review}/reject`), 200);
    const rework = await label1(annotator, pipeline, taskId, 'dog');
    const again = await judge(reviewer, pipeline, taskId, 'approve');

    const changes = [{ op: 'replace', path: '/label', value: 'dog', before: 'cat' }];
    for (const [person, path] of [
      [annotator, rework],
      [reviewer, again],
      [project.admin, again],
    ] as const) {
      expect(await person.get(`/node-instances/${path}/diff`)).toMatchObject({ status: 200, body: { changes } });
    }
    expect((await annotator.get(`${work}/diff`)).body).toMatchObject({ from: null, changes: [] });
    expect((await reviewer.get(`${review}/diff`)).body).toMatchObject({ from: null, changes: [] });
  });

  it('is for those who may see the work', async () => {
    const { work } = await inReview();
    const stranger = (await newProject(apiUrl, operatorKey)).admin;

    expect(await other.get(`${work}/diff`)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await stranger.get(`${work}/diff`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
