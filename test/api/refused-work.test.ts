// What people send who had claimed the work, and are refused: it is theirs as a draft, and they are told so.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed, voted, vote1 } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let ann: Person;
let bob: Person;
let rita: Person;
let ravi: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, bob, rita, ravi] = await Promise.all([
    project.person('annotator'),
    project.person('annotator'),
    project.person('reviewer'),
    project.person('reviewer'),
  ]);
});

interface Scene {
  pipeline: string;
  taskId: string;
  path: string;
}

/** Ann has claimed the labeling; the review is strict about nothing. */
async function claimed(definition: object = reviewed()): Promise<Scene> {
  const pipeline = await project.pipeline(definition);
  const taskId = await project.task(pipeline);
  const item = await claimNext(ann, pipeline);
  return { pipeline, taskId, path: `/node-instances/${String(item?.nodeInstanceId)}` };
}

/** Rita has claimed the review of Ann's work. */
async function inReview(): Promise<Scene> {
  const pipeline = await project.pipeline(reviewed());
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId);
  const item = await claimNext(rita, pipeline);
  return { pipeline, taskId, path: `/node-instances/${String(item?.nodeInstanceId)}` };
}

const values = { label: 'an hour of work' };

/** Refused with that code, and kept. */
async function expectKept(
  person: Person,
  { path }: Scene,
  code: string,
  command = 'submit',
  body: object = { values },
) {
  const reply = await person.post(`${path}/${command}`, body);
  expect(reply.body).toMatchObject({ code, draftKept: true });
  expect(String(reply.body['detail'])).toContain(`GET /v1${path}/draft`);
  return (await person.get<{ values: unknown; remarks: unknown }>(`${path}/draft`)).body;
}

/** Ways in which work that Ann holds is hers no longer, and what she is told then. */
const ways: [string, string, (scene: Scene) => Promise<void>][] = [
  ['somebody else holds it', 'LEASE_LOST', async ({ path }) => taken(path)],
  [
    'somebody else handed it in, and its review is to come',
    'NOT_CLAIMED',
    async ({ path }) => {
      await taken(path);
      expectStatus(await bob.post(`${path}/submit`, { values: { label: 'other' } }), 200);
    },
  ],
  [
    'a manager escalated it',
    'NODE_HELD',
    async ({ path }) => {
      expectStatus(await project.admin.post(`${path}/escalate`, { reason: 'look' }), 200);
    },
  ],
  [
    'another cycle took its place',
    'NODE_CLOSED',
    async ({ taskId }) => {
      expectStatus(await project.admin.post(`/tasks/${taskId}/rerun`, { mode: 'restart', replace: true }), 200);
    },
  ],
  [
    'the pipeline was paused hard',
    'PIPELINE_PAUSED',
    async ({ pipeline }) => {
      expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`, { mode: 'hard' }), 200);
    },
  ],
];

async function taken(path: string): Promise<void> {
  expectStatus(await project.admin.post(`${path}/release`), 200);
  expectStatus(await bob.post(`${path}/claim`), 200);
}

describe('A submit of who had claimed the work is kept where', () => {
  it.each(ways)('%s: %s', async (_, code, happens) => {
    const scene = await claimed();
    await happens(scene);

    expect(await expectKept(ann, scene, code)).toMatchObject({ values, remarks: null });
  });

  it('somebody else handed it in, and that was all: NODE_CLOSED', async () => {
    const { nodes, edges, ...rest } = reviewed();
    const scene = await claimed({
      ...rest,
      nodes: nodes.filter(({ key }) => key !== 'qa'),
      edges: [edges[0], { from: 'annotate', to: 'done' }],
    });
    await taken(scene.path);
    expectStatus(await bob.post(`${scene.path}/submit`, { values: { label: 'other' } }), 200);

    expect(await expectKept(ann, scene, 'NODE_CLOSED')).toMatchObject({ values });
  });

  it('its author has seen another version: STALE_TASK', async () => {
    const scene = await claimed();

    const body = { values, expectedVersion: 77 };
    expect(await expectKept(ann, scene, 'STALE_TASK', 'submit', body)).toMatchObject({ values });
  });

  it('it does not fit the form, or names no action of the node', async () => {
    const scene = await claimed();

    expect(await expectKept(ann, scene, 'FORM_INVALID', 'submit', { values: { label: 7 } })).toMatchObject({
      values: { label: 7 },
    });
    const body = { values, action: 'archive' };
    expect(await expectKept(ann, scene, 'INVALID_ACTION', 'submit', body)).toMatchObject({
      values,
      remarks: { action: 'archive' },
    });
  });

  it('its role is another one now: FORBIDDEN', async () => {
    const gone = await project.person('annotator');
    const pipeline = await project.pipeline(reviewed());
    await project.task(pipeline);
    const item = await claimNext(gone, pipeline);
    const path = `/node-instances/${String(item?.nodeInstanceId)}`;
    const member = `/projects/${project.id}/members/${gone.id}`;
    expectStatus(
      await project.admin.send('PATCH', member, {
        body: JSON.stringify({ role: 'reviewer' }),
        headers: { 'content-type': 'application/json' },
      }),
      200,
    );
    await until('the new role', async () => (await gone.get('/me')).body['role'] === 'reviewer');

    expect(await expectKept(gone, { pipeline, taskId: '', path }, 'FORBIDDEN')).toMatchObject({ values });
  });

  it('it was sent without waiting for an answer', async () => {
    const scene = await claimed();
    await taken(scene.path);

    const told = await ann.post(`${scene.path}/submit`, { values }, { prefer: 'respond-async' });

    expectStatus(told, 202);
    expect((await ann.get(`${scene.path}/draft`)).body).toMatchObject({ values });
  });
});

it('A vote is kept where the vote was decided meanwhile: CONSENSUS_CLOSED', async () => {
  const { nodes, ...rest } = voted(3);
  const early = { overlap: { min: 3, stopEarly: true }, onEarlyStop: 'cancel' };
  const scene = await claimed({
    ...rest,
    nodes: nodes.map((node) => (node.key === 'vote' ? { ...node, ...early } : node)),
  });
  await vote1(bob, scene.pipeline, scene.taskId, 'cat');
  await vote1(await project.person('annotator'), scene.pipeline, scene.taskId, 'cat');

  expect(await expectKept(ann, scene, 'CONSENSUS_CLOSED', 'vote')).toMatchObject({ values });
});

describe('A verdict of who had claimed the review', () => {
  const fieldVerdicts = [{ field: '/label', verdict: 'fail', comment: 'a dog' }];
  const verdict = { comment: 'look again', fieldVerdicts };

  it('is kept with its comment and field verdicts, and there when the review is claimed again', async () => {
    const scene = await inReview();
    expectStatus(await project.admin.post(`${scene.path}/release`), 200);
    expectStatus(await ravi.post(`${scene.path}/claim`), 200);

    expect(await expectKept(rita, scene, 'LEASE_LOST', 'reject', verdict)).toMatchObject({ remarks: verdict });

    expectStatus(await ravi.post(`${scene.path}/release`), 200);
    expectStatus(await rita.post(`${scene.path}/claim`), 200);
    const work = await rita.get<{ items: { nodeInstanceId: string }[] }>('/me/work');
    const item = work.body.items.find(({ nodeInstanceId }) => scene.path.endsWith(nodeInstanceId));
    expect(item).toMatchObject({ draft: null, draftRemarks: verdict });
  });

  it('is kept with the values of a fix, once somebody else has judged', async () => {
    const scene = await inReview();
    expectStatus(await project.admin.post(`${scene.path}/release`), 200);
    expectStatus(await ravi.post(`${scene.path}/claim`), 200);
    expectStatus(await ravi.post(`${scene.path}/approve`), 200);

    const kept = await expectKept(rita, scene, 'NODE_CLOSED', 'approve', { values, comment: 'mine' });

    expect(kept).toMatchObject({ values, remarks: { comment: 'mine' } });
  });

  it('is good after the release while nobody else has it', async () => {
    const { path, taskId } = await inReview();
    expectStatus(await project.admin.post(`${path}/release`), 200);

    expectStatus(await rita.post(`${path}/approve`, { comment: 'fine' }), 200);

    expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({ status: 'finished' });
  });
});

it("A draft is its author's alone, and nothing is kept for who never had the work", async () => {
  const scene = await claimed();
  expectStatus(await ann.post(`${scene.path}/heartbeat`, { values }), 200);

  const stranger = await (await newProject(apiUrl, operatorKey)).person('annotator');
  expect((await ann.get(`${scene.path}/draft`)).body).toMatchObject({ values });
  expect((await bob.get(`${scene.path}/draft`)).status).toBe(404);
  expect((await stranger.get(`${scene.path}/draft`)).status).toBe(404);
  const reply = await bob.post(`${scene.path}/submit`, { values, expectedVersion: 77 });
  expect(reply.body).toMatchObject({ code: 'STALE_TASK' });
  expect(reply.body).not.toHaveProperty('draftKept');
  expect((await bob.get(`${scene.path}/draft`)).status).toBe(404);
});
