// Reviews without names: who did what they judge is in no answer of any route, and in all of them where the review shows it.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judge, label1, newProject, reviewed } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let ann: Person;
let rita: Person;
let ravi: Person;
let both: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [ann, rita, ravi, both] = await Promise.all([
    project.person('annotator'),
    project.person('reviewer'),
    project.person('reviewer'),
    project.person('annotator_reviewer'),
  ]);
});

/** annotate → qa → qa2; who reviews is shown authors or not. */
function pipelineOf(authors: boolean) {
  const { nodes, edges, ...rest } = reviewed();
  const shows = authors ? { shows: { authors: true } } : {};
  return {
    ...rest,
    nodes: [
      ...nodes.map((node) => (node.key === 'qa' ? { ...node, ...shows } : node)),
      { key: 'qa2', kind: 'review', reviews: 'annotate', ...shows },
    ],
    edges: [...edges.slice(0, 2), { from: 'qa', on: 'approve', to: 'qa2' }, { from: 'qa2', on: 'approve', to: 'done' }],
  };
}

/** Ann's work was rejected, done again, talked about and fixed by Ravi; she holds another task. */
async function worked(authors: boolean): Promise<{ pipeline: string; taskId: string; held: string; thread: string }> {
  const pipeline = await project.pipeline(pipelineOf(authors));
  const taskId = await project.task(pipeline);
  await label1(ann, pipeline, taskId, 'cat');
  await judge(ravi, pipeline, taskId, 'reject');
  await label1(ann, pipeline, taskId, 'dog');
  const thread = await ann.post<{ id: string }>(`/tasks/${taskId}/threads`, { node: 'annotate', text: 'is it a dog?' });
  expectStatus(thread, 201);
  expectStatus(await ann.post(`/threads/${thread.body.id}/resolve`), 200);
  const review = await claimNext(ravi, pipeline, { tasks: [taskId] });
  const fix = { values: { label: 'duck' } };
  expectStatus(await ravi.post(`/node-instances/${String(review?.nodeInstanceId)}/approve`, fix), 200);
  const held = await project.task(pipeline);
  await claimNext(ann, pipeline, { tasks: [held] });
  return { pipeline, taskId, held, thread: thread.body.id };
}

const readsOf = ({ pipeline, taskId, held, thread }: Awaited<ReturnType<typeof worked>>): string[] => [
  `/tasks/${taskId}`,
  `/tasks/${taskId}/nodes`,
  `/tasks/${held}/nodes`,
  `/tasks/${taskId}/timeline`,
  `/tasks/${taskId}/threads`,
  `/tasks/${taskId}/executions`,
  `/tasks/${taskId}/cycles`,
  `/threads/${thread}/comments`,
  `/pipelines/${pipeline}/tasks`,
  `/nodes/${pipeline}.annotate/executions`,
  `/node-instances/${taskId}.1.annotate.2/diff`,
  `/node-instances/${taskId}.1.qa.2/diff`,
];

const found = async (who: Person, pipeline: string, assignee: Person): Promise<number> =>
  (await who.get<{ items: unknown[] }>(`/pipelines/${pipeline}/tasks?assignee=${assignee.id}`)).body.items.length;

describe('Where a review leaves the author out', () => {
  it('no route tells those who may work there who did it, or fixed it', async () => {
    const scene = await worked(false);

    for (const who of [rita, both]) {
      for (const path of readsOf(scene)) {
        const { status, body } = await who.get(path);
        expect([path, status]).toEqual([path, 200]);
        expect([path, JSON.stringify(body).includes(ann.id)]).toEqual([path, false]);
      }
      expect(await found(who, scene.pipeline, ann)).toBe(0);
    }
    const nodes = JSON.stringify((await rita.get(`/tasks/${scene.taskId}/nodes`)).body);
    expect(nodes).toContain('"verdict":"fixed"');
    expect(nodes).toContain('"verdict":"fail"');
    const visits = (
      await rita.get<{ items: { node: string; instances: { verdict: string; performer: string | null }[] }[] }>(
        `/tasks/${scene.taskId}/nodes`,
      )
    ).body.items.find(({ node }) => node === 'qa')?.instances;
    expect(visits?.find(({ verdict }) => verdict === 'fixed')?.performer).toBeNull();
    const said = await rita.post(`/threads/${scene.thread}/comments`, { text: 'a duck' });
    expect(JSON.stringify(said.body)).not.toContain(ann.id);
    expect(JSON.stringify(said.body)).toContain(rita.id);
    expect(JSON.stringify(await claimNext(rita, scene.pipeline, { tasks: [scene.taskId] }))).not.toContain(ann.id);
  });

  it('authors know their own, and managers everybody', async () => {
    const { pipeline, taskId } = await worked(false);

    for (const who of [ann, project.admin]) {
      expect(JSON.stringify((await who.get(`/tasks/${taskId}/nodes`)).body)).toContain(ann.id);
      expect(JSON.stringify((await who.get(`/tasks/${taskId}/threads`)).body)).toContain(ann.id);
      expect(await found(who, pipeline, ann)).toBe(1);
    }
  });
});

it('Where every review shows the author, reviewers read it everywhere', async () => {
  const { pipeline, taskId, held } = await worked(true);

  for (const path of [`/tasks/${taskId}/nodes`, `/tasks/${held}/nodes`, `/tasks/${taskId}/threads`]) {
    expect(JSON.stringify((await rita.get(path)).body)).toContain(ann.id);
  }
  expect(await found(rita, pipeline, ann)).toBe(1);
});
