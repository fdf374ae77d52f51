// Giving work back with a reason, and drafts that are handed on.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { claimNext, expectStatus, label1, newProject, reviewed, voted } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

let project: TestProject;
let annotator: Person;
let other: Person;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  [annotator, other] = await Promise.all([project.person('annotator'), project.person('annotator')]);
});

/** labeling → end, with settings of the labeling node. */
const labeled = (settings: object, edges: object[] = []) => {
  const { name, nodes } = reviewed();
  const [start, annotate, , done] = nodes;
  const way = [{ from: 'start', to: 'annotate' }, { from: 'annotate', on: 'complete', to: 'done' }, ...edges];
  return { name, nodes: [start, { ...annotate, settings }, done], edges: way };
};

async function claimed(person: Person, settings: object, edges: object[] = []) {
  const pipeline = await project.pipeline(labeled(settings, edges));
  const taskId = await project.task(pipeline);
  const item = await claimNext(person, pipeline);
  return { pipeline, taskId, path: `/node-instances/${String(item?.nodeInstanceId)}` };
}

const reason = { reason: 'too blurred for me' };

describe('a skip', () => {
  it('gives the work to somebody else, and says why on the timeline', async () => {
    const { pipeline, taskId, path } = await claimed(annotator, {});

    const skipped = await annotator.post(`${path}/skip`, reason);

    expect(skipped).toMatchObject({ status: 200, body: { status: 'available' } });
    expect(await claimNext(annotator, pipeline)).toBeUndefined();
    expect(await annotator.post(`${path}/claim`)).toMatchObject({ status: 409, body: { code: 'PERFORMER_EXCLUDED' } });
    expect(await claimNext(other, pipeline)).toMatchObject({ availabilityReason: 'SKIPPED' });
    const { body } = await project.admin.get<{ items: object[] }>(`/tasks/${taskId}/timeline`);
    expect(body.items).toContainEqual(
      expect.objectContaining({ type: 'skipped', actor: annotator.id, detail: { ...reason, how: 'others' } }),
    );
  });

  it('needs a reason, and a holder', async () => {
    const { path } = await claimed(annotator, {});

    expect(await annotator.post(`${path}/skip`, {})).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    expect(await annotator.post(`${path}/skip`, { ...reason, nobodyLeft: true })).toMatchObject({ status: 422 });
    expect(await other.post(`${path}/skip`, reason)).toMatchObject({ status: 403, body: { code: 'NOT_HOLDER' } });
  });

  it('works as a signal too', async () => {
    const { path } = await claimed(annotator, {});

    const sent = await annotator.post(`${path}/skip`, reason, { prefer: 'respond-async' });

    expect(sent.status).toBe(202);
    await expect.poll(async () => (await other.post(`${path}/claim`)).status).toBe(200);
  });

  it('keeps it for me, behind the other work there is for me', async () => {
    const { pipeline, taskId, path } = await claimed(annotator, { onSkip: 'me' });
    const second = await project.task(pipeline);
    expectStatus(await annotator.post(`${path}/skip`, reason), 200);

    expect(await claimNext(other, pipeline, { tasks: [taskId] })).toBeUndefined();
    expect(await claimNext(annotator, pipeline)).toMatchObject({ taskId: second });
    expect(await claimNext(annotator, pipeline)).toMatchObject({ taskId, availabilityReason: 'SKIPPED' });
  });

  it('leaves the node where it is set so', async () => {
    const { taskId, path } = await claimed(annotator, { onSkip: 'leave' }, [
      { from: 'annotate', on: 'skip', to: 'done' },
    ]);

    const skipped = await annotator.post(`${path}/skip`, reason);

    expect(skipped).toMatchObject({ status: 200, body: { status: 'finished', outcome: 'skip' } });
    expect((await project.admin.get(`/tasks/${taskId}`)).body).toMatchObject({
      status: 'finished',
      outcome: 'complete',
    });
  });

  it('can’t be published to leave without a way on', async () => {
    const reply = await project.admin.post(`/projects/${project.id}/pipelines`, labeled({ onSkip: 'leave' }));

    expect(reply).toMatchObject({
      status: 422,
      body: { code: 'PIPELINE_INVALID', problems: [{ pointer: '/nodes/1' }] },
    });
  });

  it('of the last who may work there escalates, and a return opens it to all of them again', async () => {
    const small = await newProject(apiUrl, operatorKey);
    const only = await small.person('annotator');
    await small.person('reviewer');
    const pipeline = await small.pipeline(reviewed());
    const taskId = await small.task(pipeline);
    const path = `/node-instances/${taskId}.1.annotate.1`;
    const skip = async (person: Person) => {
      expectStatus(await person.post(`${path}/claim`), 200);
      return person.post(`${path}/skip`, reason);
    };

    expect(await skip(only)).toMatchObject({ status: 200, body: { status: 'available' } });
    // The admin works at every node, and is the last one.
    expect(await skip(small.admin)).toMatchObject({ status: 200, body: { status: 'escalated' } });

    const { body } = await small.admin.get(`/tasks/${taskId}/nodes`);
    expect(JSON.stringify(body)).toContain('"holdReason":"NO_ELIGIBLE_PERSON"');
    expectStatus(await small.admin.post(`${path}/resolve`, { how: 'return' }), 200);
    expect(await claimNext(only, pipeline)).toMatchObject({ taskId });
  });

  it('of a slot offers it to others, who have no slot yet', async () => {
    const small = await newProject(apiUrl, operatorKey);
    const [one, two] = [await small.person('annotator'), await small.person('annotator')];
    const pipeline = await small.pipeline(voted(2));
    await small.task(pipeline);
    const slotOf = async (person: Person) => String((await claimNext(person, pipeline))?.nodeInstanceId);
    const [first, second] = [await slotOf(one), await slotOf(two)];

    expect(await one.post(`/node-instances/${first}/skip`, reason)).toMatchObject({ body: { status: 'available' } });
    expect(await claimNext(one, pipeline)).toBeUndefined();
    expectStatus(await two.post(`/node-instances/${second}/vote`, { values: { label: 'a' } }), 200);
    expect(await slotOf(small.admin)).toBe(first);
    expect(await small.admin.post(`/node-instances/${first}/skip`, reason)).toMatchObject({
      body: { status: 'escalated' },
    });
  });

  it('of a review gives it to another reviewer', async () => {
    const [rita, ravi] = [await project.person('reviewer'), await project.person('reviewer')];
    const pipeline = await project.pipeline(reviewed());
    const taskId = await project.task(pipeline);
    await label1(annotator, pipeline, taskId);
    const item = await claimNext(rita, pipeline);

    expectStatus(await rita.post(`/node-instances/${String(item?.nodeInstanceId)}/skip`, reason), 200);

    expect(await claimNext(rita, pipeline)).toBeUndefined();
    expect(await claimNext(ravi, pipeline)).toMatchObject({ node: 'qa' });
  });
});

describe('a draft', () => {
  const draftOf = async (handOnDrafts: boolean) => {
    const { pipeline, path } = await claimed(annotator, { handOnDrafts });
    expectStatus(await annotator.post(`${path}/release`, { values: { label: 'begun' } }), 200);
    return (await claimNext(other, pipeline)) as { draft?: unknown } | undefined;
  };

  it('stays with who made it', async () => {
    expect(await draftOf(false)).toMatchObject({ draft: null });
  });

  it('is handed on where the node says so', async () => {
    expect(await draftOf(true)).toMatchObject({ draft: { label: 'begun' } });
  });

  it('of my own comes before that of another one', async () => {
    const { pipeline, path } = await claimed(annotator, { handOnDrafts: true });
    expectStatus(await annotator.post(`${path}/heartbeat`, { values: { label: 'mine' } }), 200);
    expectStatus(await annotator.post(`${path}/release`), 200);
    await claimNext(other, pipeline);
    expectStatus(await other.post(`${path}/release`, { values: { label: 'theirs' } }), 200);

    expect(await claimNext(annotator, pipeline)).toMatchObject({ draft: { label: 'mine' } });
  });
});
