// Votes that one person has judged, and that a later review rejects: that person has them again, with the verdict and the answers.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, judgedAndChecked, newProject, vote1 } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey } = inject('stack');

interface Item {
  nodeInstanceId: string;
  node: string;
  visit: number;
  availabilityReason: string;
  options: { submissionId: string; values: { label: string } }[];
  reviewed?: { values: unknown };
  review?: { comment: string; fields: string[] };
}

let project: TestProject;
let voters: [Person, Person];
let judge: Person;
let checker: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  voters = [await project.person('annotator'), await project.person('annotator')];
  judge = await project.person('reviewer');
  checker = await project.person('reviewer');
});

/** Voted a and b; the judge picked b. */
async function picked(checking: object): Promise<{ pipeline: string; taskId: string }> {
  const pipeline = await project.pipeline(judgedAndChecked(checking));
  const taskId = await project.task(pipeline);
  await vote1(voters[0], pipeline, taskId, 'a');
  await vote1(voters[1], pipeline, taskId, 'b');
  const item = await claim(judge, pipeline, taskId, 'judge');
  expectStatus(await approve(judge, item, { pick: idOf(item, 'b') }), 200);
  return { pipeline, taskId };
}

const claim = async (person: Person, pipeline: string, taskId: string, node: string): Promise<Item> =>
  (await claimNext(person, pipeline, { tasks: [taskId], nodes: [node] })) as unknown as Item;
const approve = (person: Person, { nodeInstanceId }: Item, body: object = {}) =>
  person.post(`/node-instances/${nodeInstanceId}/approve`, body);
const idOf = ({ options }: Item, label: string) => options.find(({ values }) => values.label === label)?.submissionId;

const labelRejected = { comment: 'look again', fields: ['/label'] };

it('goes to who judged before, with the verdict, and on with what they pick then', async () => {
  const { pipeline, taskId } = await picked({});
  const first = await claim(checker, pipeline, taskId, 'check');
  expect(first.reviewed).toEqual({ values: { label: 'b' } });
  expectStatus(await checker.post(`/node-instances/${first.nodeInstanceId}/reject`, labelRejected), 200);

  expect(await claimNext(checker, pipeline, { tasks: [taskId] })).toBeUndefined();
  const again = await claim(judge, pipeline, taskId, 'judge');
  expect(again).toMatchObject({
    visit: 2,
    availabilityReason: 'REOPENED',
    reviewed: { values: { label: 'b' } },
    review: labelRejected,
    options: [{ votes: 1 }, { votes: 1 }],
  });
  expectStatus(await approve(judge, again, { pick: idOf(again, 'a') }), 200);

  const second = await claim(checker, pipeline, taskId, 'check');
  expect(second.reviewed).toEqual({ values: { label: 'a' } });
  expectStatus(await approve(checker, second), 200);
  const ended = await until('the end of the task', async () => {
    const { body } = await project.admin.get(`/tasks/${taskId}`);
    return body['status'] === 'finished' ? body : undefined;
  });
  expect(ended).toMatchObject({ outcome: 'complete' });
});

it('does not take the same answer again where the review is strict, unless it is told why', async () => {
  const { pipeline, taskId } = await picked({ strict: true });
  const first = await claim(checker, pipeline, taskId, 'check');
  expectStatus(await checker.post(`/node-instances/${first.nodeInstanceId}/reject`, labelRejected), 200);
  const again = await claim(judge, pipeline, taskId, 'judge');

  for (const body of [{}, { pick: idOf(again, 'b') }, { values: { label: 'b' } }]) {
    expect(await approve(judge, again, body)).toMatchObject({ status: 422, body: { code: 'FIELDS_UNCHANGED' } });
  }
  expectStatus(await approve(judge, again, { pick: idOf(again, 'b'), comment: 'the ears are a dog’s' }), 200);
  expectStatus(await approve(checker, await claim(checker, pipeline, taskId, 'check')), 200);
});

it('has the form of the votes, and instructions of its own or theirs', async () => {
  const { nodes, ...rest } = judgedAndChecked();
  const form = { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] };
  const told = async (own: object): Promise<unknown> => {
    const changed = nodes.map((node) => {
      if (node.key === 'vote') return { ...node, form, instructions: 'Look twice.' };
      return node.key === 'judge' ? { ...node, ...own } : node;
    });
    const recipes = { judging: { form: {}, instructions: 'Pick the **better** one.' } };
    const name = `told ${JSON.stringify(own)}`;
    const pipeline = await project.pipeline({ ...rest, name, recipes, nodes: changed });
    const taskId = await project.task(pipeline);
    await vote1(voters[0], pipeline, taskId, 'a');
    await vote1(voters[1], pipeline, taskId, 'b');
    return claim(judge, pipeline, taskId, 'judge');
  };

  expect(await told({})).toMatchObject({ form, instructions: 'Look twice.' });
  expect(await told({ recipe: 'judging' })).toMatchObject({ form, instructions: 'Pick the **better** one.' });
  expect(await told({ instructions: 'Be brave.' })).toMatchObject({ form, instructions: 'Be brave.' });
});
