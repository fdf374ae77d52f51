// What is recorded for the replay gate: each scenario drives the product and names the workflows whose histories are kept.
// Every path that workflow code can take has one; a new path gets a new scenario.
import type { OwnStack } from '../support/own-stack.js';
import type { Person, TestProject } from '../support/project.js';
import {
  adjudicated,
  claimNext,
  expectStatus,
  judge,
  label1,
  reviewed,
  sideBySide,
  vote1,
  voted,
} from '../support/project.js';
import { until } from '../support/until.js';

export interface Stage {
  /** Answers what code nodes call. */
  hookUrl: string;
  own: OwnStack;
  project: TestProject;
  annotator: Person;
  other: Person;
  reviewer: Person;
}

export interface Recorded {
  /** `<workflow>.<scenario>`, the name of the file. */
  name: string;
  workflowId: string;
  runId?: string;
}

export type Scenario = (stage: Stage) => Promise<Recorded[]>;

export const cycle = (taskId: string): string => `cycle:${taskId}.1`;
export const ended = (stage: Stage, workflowId: string): Promise<boolean> =>
  until(
    `${workflowId} to end`,
    async () => (await stage.own.client.temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING',
    30_000,
  );

const completed: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.completed', workflowId: cycle(taskId) }];
};

const edited: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  expectStatus(await stage.project.admin.post(`/tasks/${taskId}/priority`, { priority: 0.9 }), 200);
  await stage.own.client.cancel(cycle(taskId));
  await ended(stage, cycle(taskId));
  const tagged = await stage.project.admin.post(
    `/tasks/${taskId}/tags`,
    { tags: ['a'] },
    { 'idempotency-key': taskId },
  );
  expectStatus(tagged, 200);
  const { rows } = await stage.own.pool.query<{ update_id: string }>(
    'select update_id from idempotency_keys where key = $1',
    [taskId],
  );
  return [
    { name: 'taskCycle.edited-cancelled', workflowId: cycle(taskId) },
    { name: 'taskCommand.edited', workflowId: `command:${taskId}:${String(rows[0]?.update_id)}` },
  ];
};

const reworked: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed({ limits: { maxReviewFailures: 1, maxReReviews: 2 } }));
  const taskId = await stage.project.task(pipeline);
  const round = async (): Promise<void> => {
    await label1(stage.annotator, pipeline, taskId);
    await judge(stage.reviewer, pipeline, taskId, 'reject');
  };
  await round();
  await round();
  expectStatus(
    await stage.project.admin.post(`/node-instances/${taskId}.1.annotate.3/resolve`, { how: 'return' }),
    200,
  );
  await round();
  expectStatus(
    await stage.project.admin.post(`/node-instances/${taskId}.1.annotate.4/resolve`, { how: 'accept' }),
    200,
  );
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.reworked', workflowId: cycle(taskId) },
    { name: 'rework.escalated-returned-quarantined-accepted', workflowId: `rework:${taskId}.1:annotate:2` },
  ];
};

const votes: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(voted(2, 'escalate'));
  const taskId = await stage.project.task(pipeline);
  for (const [person, label] of [
    [stage.annotator, 'a'],
    [stage.other, 'b'],
  ] as const) {
    const item = await claimNext(person, pipeline);
    expectStatus(await person.post(`/node-instances/${String(item?.nodeInstanceId)}/vote`, { values: { label } }), 200);
  }
  const fix = { how: 'fixAndAccept', values: { label: 'a' } };
  expectStatus(await stage.project.admin.post(`/node-instances/${taskId}.1.vote.1/resolve`, fix), 200);
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.votes-disagree', workflowId: cycle(taskId) }];
};

const extendedVotes: Scenario = async (stage) => {
  const definition = voted(2);
  const more = { overlap: { min: 2, max: 3, stopEarly: true }, onDisagreement: 'extend' };
  const nodes = definition.nodes.map((node) => (node.key === 'vote' ? { ...node, ...more } : node));
  const pipeline = await stage.project.pipeline({ ...definition, nodes });
  const taskId = await stage.project.task(pipeline);
  await vote1(stage.annotator, pipeline, taskId, 'a');
  await vote1(stage.other, pipeline, taskId, 'b');
  await vote1(await stage.project.person('annotator'), pipeline, taskId, 'b');
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.votes-extended', workflowId: cycle(taskId) }];
};

const judgedVotes: Scenario = async (stage) => {
  const limits = { maxReviewFailures: 1, maxReReviews: 4 };
  const definition = adjudicated({ overlap: { min: 3, stopEarly: true } }, { limits });
  const pipeline = await stage.project.pipeline(definition);
  const taskId = await stage.project.task(pipeline);
  const late = await stage.project.person('annotator');
  const slot = await claimNext(late, pipeline, { tasks: [taskId] });
  const round = async (...labels: [string, string]): Promise<void> => {
    await vote1(stage.annotator, pipeline, taskId, labels[0]);
    await vote1(stage.other, pipeline, taskId, labels[1]);
  };
  const judges = async (verdict: 'approve' | 'reject', body: object = {}): Promise<void> => {
    const item = await claimNext(stage.reviewer, pipeline, { tasks: [taskId] });
    expectStatus(await stage.reviewer.post(`/node-instances/${String(item?.nodeInstanceId)}/${verdict}`, body), 200);
  };
  await round('a', 'a');
  const lateVote = { values: { label: 'z' } };
  expectStatus(await late.post(`/node-instances/${String(slot?.nodeInstanceId)}/vote`, lateVote), 200);
  await judges('reject');
  await round('a', 'a');
  await judges('reject');
  const held = `/node-instances/${taskId}.1.vote.3`;
  expectStatus(await stage.project.admin.post(`${held}/resolve`, { how: 'return' }), 200);
  await round('a', 'b');
  await vote1(late, pipeline, taskId, 'c');
  await judges('approve', { values: { label: 'd' } });
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.votes-late-judged', workflowId: cycle(taskId) },
    { name: 'rework.votes-repeated-escalated-returned-fixed', workflowId: `rework:${taskId}.1:vote:2` },
  ];
};

const lapsed: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed({ lease: 'PT1S' }));
  const taskId = await stage.project.task(pipeline);
  const item = await claimNext(stage.annotator, pipeline);
  const path = `/node-instances/${String(item?.nodeInstanceId)}`;
  await until('the lease to lapse', async () => (await claimNext(stage.other, pipeline)) !== undefined);
  expectStatus(await stage.other.post(`${path}/heartbeat`, {}), 200);
  expectStatus(await stage.other.post(`${path}/escalate`, { reason: 'unclear' }), 200);
  expectStatus(await stage.project.admin.post(`${path}/deescalate`, {}), 200);
  expectStatus(await stage.other.post(`${path}/release`, {}), 200);
  await stage.own.client.temporal.workflow.getHandle(cycle(taskId)).signal('colour', 'green');
  await stage.own.client.resync(cycle(taskId));
  await stage.own.client.cancel(cycle(taskId));
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.lapsed-escalated-released-refused-resynced-cancelled', workflowId: cycle(taskId) }];
};

const discarded: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'reject');
  await stage.own.client.cancel(cycle(taskId));
  const child = `rework:${taskId}.1:annotate:2`;
  await ended(stage, child);
  return [
    { name: 'taskCycle.cancelled-with-rework', workflowId: cycle(taskId) },
    { name: 'rework.cancelled', workflowId: child },
  ];
};

const continued: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  const handle = stage.own.client.temporal.workflow.getHandle(cycle(taskId));
  const { runId } = await handle.describe();
  for (let round = 0; (await handle.describe()).runId === runId; round += 1) {
    const item = await claimNext(stage.annotator, pipeline);
    expectStatus(await stage.annotator.post(`/node-instances/${String(item?.nodeInstanceId)}/release`, {}), 200);
  }
  await label1(stage.annotator, pipeline, taskId);
  await judge(stage.reviewer, pipeline, taskId, 'approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.continued-as-new', workflowId: cycle(taskId), runId },
    { name: 'taskCycle.carried-on', workflowId: cycle(taskId) },
  ];
};

const imported: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const body = `id,text\n${Array.from({ length: 205 }, (_, index) => `r${String(index)},text`).join('\n')}\n`;
  const reply = await stage.project.admin.send<{ batchId: string }>('POST', `/pipelines/${pipeline}/imports`, {
    body,
    headers: { 'content-type': 'text/csv' },
  });
  expectStatus(reply, 201);
  const workflowId = `import:${reply.body.batchId}`;
  await ended(stage, workflowId);
  await until('a reconcile', async () => (await stage.own.client.startReconcile(0)) === 'started');
  await ended(stage, 'reconcile');
  return [
    { name: 'importTasks.two-pages', workflowId },
    { name: 'reconcile.pages', workflowId: 'reconcile' },
  ];
};

/** The first holder gives it back, its reviewer fixes it; another task is passed over by the sample. */
const skippedAndFixed: Scenario = async (stage) => {
  const pipeline = await stage.project.pipeline(reviewed());
  const taskId = await stage.project.task(pipeline);
  const item = await claimNext(stage.annotator, pipeline);
  const path = `/node-instances/${String(item?.nodeInstanceId)}`;
  expectStatus(await stage.annotator.post(`${path}/skip`, { reason: 'blurred' }), 200);
  await label1(stage.other, pipeline, taskId);
  const review = await claimNext(stage.reviewer, pipeline);
  const fix = { values: { label: 'fixed' }, fieldVerdicts: [{ field: '/label', verdict: 'fail' }] };
  expectStatus(await stage.reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/approve`, fix), 200);
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.skipped-fixed', workflowId: cycle(taskId) }];
};

const passedOver: Scenario = async (stage) => {
  const { nodes, ...rest } = reviewed();
  const sampled = nodes.map((node) => (node.key === 'qa' ? { ...node, sample: 0 } : node));
  const pipeline = await stage.project.pipeline({ ...rest, nodes: sampled });
  const taskId = await stage.project.task(pipeline);
  await label1(stage.annotator, pipeline, taskId);
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.not-sampled', workflowId: cycle(taskId) }];
};

/** Kept for who skipped it until that time is over; its review leaves by the edge for skips. */
const keptAndLeft: Scenario = async (stage) => {
  const { nodes, edges, ...rest } = reviewed();
  const settings = { annotate: { onSkip: 'me', retain: 'PT1S' }, qa: { onSkip: 'leave' } };
  const pipeline = await stage.project.pipeline({
    ...rest,
    nodes: nodes.map((node) => (node.key in settings ? { ...node, settings: settings[node.key as 'qa'] } : node)),
    edges: [...edges, { from: 'qa', on: 'skip', to: 'done' }],
  });
  const taskId = await stage.project.task(pipeline);
  const mine = await claimNext(stage.annotator, pipeline);
  expectStatus(
    await stage.annotator.post(`/node-instances/${String(mine?.nodeInstanceId)}/skip`, { reason: 'later' }),
    200,
  );
  await until('the reservation to end', async () => (await claimNext(stage.other, pipeline)) !== undefined);
  const work = `/node-instances/${taskId}.1.annotate.1`;
  expectStatus(await stage.other.post(`${work}/submit`, { values: { label: 'x' } }), 200);
  const review = await claimNext(stage.reviewer, pipeline);
  expectStatus(
    await stage.reviewer.post(`/node-instances/${String(review?.nodeInstanceId)}/skip`, { reason: 'not mine' }),
    200,
  );
  await ended(stage, cycle(taskId));
  return [{ name: 'taskCycle.skipped-kept-left', workflowId: cycle(taskId) }];
};

/** One branch is restarted while the other's rework is open: its child is dropped, and the cycle waits to hear how far it had got. */
const restartedBesideRework: Scenario = async (stage) => {
  const { annotator, reviewer, project } = stage;
  const pipeline = await project.pipeline(sideBySide());
  const taskId = await project.task(pipeline);
  const at = async (person: Person, node: string, command: string, body: object): Promise<void> => {
    const item = await until(node, () => claimNext(person, pipeline, { tasks: [taskId], nodes: [node] }));
    expectStatus(await person.post(`/node-instances/${item.nodeInstanceId}/${command}`, body), 200);
  };
  const round = async (verdict: 'approve' | 'reject'): Promise<void> => {
    for (const [node, review] of [
      ['annotate', 'qa'],
      ['second', 'qa-second'],
    ] as const) {
      await at(annotator, node, 'submit', { values: { label: 'x' } });
      await at(reviewer, review, verdict, {});
    }
  };
  await round('reject');
  await at(annotator, 'annotate', 'escalate', { reason: 'all of it is wrong' });
  expectStatus(await project.admin.post(`/node-instances/${taskId}.1.annotate.2/resolve`, { how: 'restart' }), 200);
  const dropped = `rework:${taskId}.1:second:2`;
  await ended(stage, dropped);
  await round('approve');
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.restarted-beside-rework', workflowId: cycle(taskId) },
    { name: 'rework.escalated-restarted', workflowId: `rework:${taskId}.1:annotate:2` },
    { name: 'rework.dropped', workflowId: dropped },
  ];
};

/** Both branches are rejected at once: the second child is asked for while the first one starts. */
const reworkedAtOnce: Scenario = async (stage) => {
  const { annotator, reviewer, project } = stage;
  for (;;) {
    const pipeline = await project.pipeline(sideBySide());
    const taskId = await project.task(pipeline);
    for (const node of ['annotate', 'second']) {
      const item = await until(node, () => claimNext(annotator, pipeline, { tasks: [taskId], nodes: [node] }));
      expectStatus(
        await annotator.post(`/node-instances/${item.nodeInstanceId}/submit`, { values: { label: 'x' } }),
        200,
      );
    }
    const reviews = [`${taskId}.1.qa.1`, `${taskId}.1.qa-second.1`];
    for (const review of reviews) expectStatus(await reviewer.post(`/node-instances/${review}/claim`), 200);
    await Promise.all(reviews.map((review) => reviewer.post(`/node-instances/${review}/reject`, {})));
    const handle = stage.own.client.temporal.workflow.getHandle(cycle(taskId));
    const second = `rework:${taskId}.1:second:2`;
    await until('both', async () => (await stage.own.client.standing(second)).kind === 'open');
    const { events } = await handle.fetchHistory();
    const isPatched = events?.some(({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_patch');
    await stage.own.client.cancel(cycle(taskId));
    await ended(stage, cycle(taskId));
    // Now and then the first has started before the second is asked for.
    if (isPatched) return [{ name: 'taskCycle.reworked-at-once', workflowId: cycle(taskId) }];
  }
};

/** Those that force continue-as-new run on a stack of their own. */
export const scenarios: { ordinary: Scenario[]; continuing: Scenario[] } = {
  ordinary: [
    completed,
    edited,
    reworked,
    votes,
    extendedVotes,
    judgedVotes,
    lapsed,
    discarded,
    imported,
    skippedAndFixed,
    passedOver,
    keptAndLeft,
    restartedBesideRework,
    reworkedAtOnce,
  ],
  continuing: [continued],
};
