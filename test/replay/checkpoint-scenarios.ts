// Scenarios of checkpoints: a batch that is gathered and closed, shares, what leaves before, and a cycle that is carried on to one.
import { annotates, batchOf, batchView, gathered, untilArrived, untilFired } from '../support/checkpoints.js';
import { claimNext, expectStatus } from '../support/project.js';
import { until } from '../support/until.js';
import type { Recorded, Scenario } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

/** Held until the batch is closed, then let go; another one is discarded before. */
const gatheredAndClosed: Scenario = async (stage) => {
  const { project, annotator } = stage;
  const pipeline = await project.pipeline(gathered('task'));
  const [item] = await batchOf(project, pipeline, 2, 'recorded');
  const batchId = item?.batchId ?? '';
  const lost = await claimNext(annotator, pipeline);
  const discard = { action: 'discard', values: {} };
  expectStatus(await annotator.post(`/node-instances/${String(lost?.nodeInstanceId)}/submit`, discard), 200);
  const [held = ''] = await annotates(annotator, pipeline, 1);
  await untilArrived(project, batchId, 1);
  expectStatus(await project.admin.post(`/batches/${batchId}/close`), 200);
  const [context] = await untilFired(project, pipeline);
  await ended(stage, cycle(held));
  const merge = await claimNext(annotator, pipeline, { nodes: ['merge'] });
  expectStatus(await annotator.post(`/node-instances/${String(merge?.nodeInstanceId)}/submit`, { values: {} }), 200);
  await ended(stage, cycle(String(context?.id)));
  const { rows } = await stage.own.pool.query<{ id: string }>('select id from checkpoints where batch_id = $1', [
    batchId,
  ]);
  const workflowId = `checkpoint:${String(rows[0]?.id)}`;
  await ended(stage, workflowId);
  return [
    { name: 'taskCycle.held-let-go', workflowId: cycle(held) },
    { name: 'taskCycle.discarded-before-checkpoint', workflowId: cycle(String(lost?.taskId)) },
    { name: 'taskCycle.started-by-checkpoint', workflowId: cycle(String(context?.id)) },
    { name: 'checkpoint.one-page', workflowId },
    { name: 'endBatch.closed', workflowId: `batch-end:${batchId}` },
  ];
};

/** The share changes hands, and is rejected once before it is done. */
const shareOfOne: Scenario = async (stage) => {
  const { project, annotator, other, reviewer } = stage;
  const pipeline = await project.pipeline(gathered('assignment', { reviewed: true }));
  const [item] = await batchOf(project, pipeline, 1);
  const taken = await claimNext(other, pipeline);
  await until('the share to be known', async () => {
    const { checkpoints } = await batchView(project, item?.batchId ?? '');
    return checkpoints[0]?.assignee === other.id;
  });
  expectStatus(await other.post(`/node-instances/${String(taken?.nodeInstanceId)}/release`), 200);
  for (const verdict of ['reject', 'approve']) {
    await annotates(annotator, pipeline, 1);
    const review = await until('the review', () => claimNext(reviewer, pipeline));
    expectStatus(await reviewer.post(`/node-instances/${review.nodeInstanceId}/${verdict}`, {}), 200);
  }
  const taskId = String(item?.id);
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.share-handed-on', workflowId: cycle(taskId) }];
};

/** Two pages of what it lets go. */
const twoPages: Scenario = async (stage) => {
  const { project } = stage;
  const pipeline = await project.pipeline(gathered('task'));
  const [item] = await batchOf(project, pipeline, 205);
  await Promise.all([annotates(stage.annotator, pipeline), annotates(stage.other, pipeline)]);
  await untilFired(project, pipeline);
  const { rows } = await stage.own.pool.query<{ id: string }>('select id from checkpoints where batch_id = $1', [
    item?.batchId,
  ]);
  const workflowId = `checkpoint:${String(rows[0]?.id)}`;
  await ended(stage, workflowId);
  return [{ name: 'checkpoint.two-pages', workflowId }];
};

/** Continued as new on the way, it is told of no more than it has to. */
const carriedToCheckpoint: Scenario = async (stage) => {
  const { project, annotator } = stage;
  const pipeline = await project.pipeline(gathered('assignment'));
  const [item] = await batchOf(project, pipeline, 1);
  const taskId = String(item?.id);
  const handle = stage.own.client.temporal.workflow.getHandle(cycle(taskId));
  const { runId } = await handle.describe();
  while ((await handle.describe()).runId === runId) {
    const taken = await claimNext(annotator, pipeline);
    expectStatus(await annotator.post(`/node-instances/${String(taken?.nodeInstanceId)}/release`), 200);
  }
  await annotates(annotator, pipeline, 1);
  await ended(stage, cycle(taskId));
  const recorded: Recorded[] = [
    { name: 'taskCycle.continued-before-checkpoint', workflowId: cycle(taskId), runId },
    { name: 'taskCycle.carried-to-checkpoint', workflowId: cycle(taskId) },
  ];
  return recorded;
};

/** Held, reopened, and done again while the pipeline is paused: it is let go then, and a program waits for the resume. */
const heldAndReopened: Scenario = async (stage) => {
  const { project, annotator } = stage;
  const { nodes, ...rest } = gathered('task', { goesOn: true });
  const more = { key: 'more', kind: 'code', function: 'most-common' };
  const pipeline = await project.pipeline({ ...rest, nodes: nodes.map((node) => (node.key === 'more' ? more : node)) });
  const [item] = await batchOf(project, pipeline, 1, 'reopened');
  const [held = ''] = await annotates(annotator, pipeline, 1);
  const batchId = item?.batchId ?? '';
  await untilArrived(project, batchId, 1);
  expectStatus(await project.admin.post(`/node-instances/${held}.1.annotate.1/reopen`), 200);
  await untilArrived(project, batchId, 0);
  await annotates(annotator, pipeline, 1);
  await untilArrived(project, batchId, 1);
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/pause`), 200);
  expectStatus(await project.admin.post(`/batches/${batchId}/close`), 200);
  await until('it to be let go', async () => {
    const { body } = await project.admin.get<{ nodes: string[] }>(`/tasks/${held}`);
    return body.nodes.join() === 'more';
  });
  expectStatus(await project.admin.post(`/pipelines/${pipeline}/resume`), 200);
  await ended(stage, cycle(held));
  return [{ name: 'taskCycle.held-reopened-paused', workflowId: cycle(held) }];
};

/** Held, it has to bring its whole state, and tells its batch anew. */
const heldAndResynced: Scenario = async (stage) => {
  const { project, annotator } = stage;
  const pipeline = await project.pipeline(gathered('task'));
  const [item] = await batchOf(project, pipeline, 1, 'resynced');
  const batchId = item?.batchId ?? '';
  const [held = ''] = await annotates(annotator, pipeline, 1);
  await untilArrived(project, batchId, 1);
  const lost = `update checkpoint_items set standing = 'coming', sequence = sequence - 1 where task_id = $1`;
  await stage.own.pool.query(lost, [held]);
  await stage.own.client.resync(cycle(held));
  await untilArrived(project, batchId, 1);
  expectStatus(await project.admin.post(`/batches/${batchId}/close`), 200);
  await ended(stage, cycle(held));
  return [{ name: 'taskCycle.held-resynced', workflowId: cycle(held) }];
};

export const checkpointScenarios: { ordinary: Scenario[]; continuing: Scenario[] } = {
  ordinary: [gatheredAndClosed, shareOfOne, twoPages, heldAndReopened, heldAndResynced],
  continuing: [carriedToCheckpoint],
};
