// Scenarios of programs: executions that succeed, are tried again, fail a cycle, and belong to rework; and time that is over.
import { claimNext, expectStatus, label1, reviewed } from '../support/project.js';
import { label, only, quick, withoutFailedEdge } from '../support/programs.js';
import { until } from '../support/until.js';
import type { Scenario, Stage } from './scenarios.js';
import { cycle, ended } from './scenarios.js';

const runs = async (stage: Stage, name: string, definition: object) => {
  const taskId = await stage.project.task(await stage.project.pipeline(definition), { data: { text: 'a dog' } });
  await ended(stage, cycle(taskId));
  return [{ name, workflowId: cycle(taskId) }];
};

/** Down the first time, then it answers. */
const modelCompleted: Scenario = (stage) => {
  const model = { model: 'stumbling', prompt: 'What is it? {{ data.text }}', ...quick };
  return runs(stage, 'taskCycle.model-tried-again', withoutFailedEdge(only({ kind: 'llm', form: label, model })));
};

const gateCondition: Scenario = (stage) => {
  const branches = [{ outcome: 'yes', when: 'data.text.contains("dog")' }];
  const ways = [
    { from: 'it', on: 'yes', to: 'done' },
    { from: 'it', on: 'no', to: 'lost' },
  ];
  return runs(stage, 'taskCycle.gate-condition', only({ kind: 'gate', branches, otherwise: 'no' }, ways));
};

const codeFails: Scenario = (stage) => {
  const node = { kind: 'code', url: `${stage.hookUrl}/teapot`, ...quick };
  return runs(stage, 'taskCycle.code-failed', withoutFailedEdge(only(node)));
};

const externalTimeout: Scenario = (stage) => {
  const ways = [{ from: 'it', to: 'done' }];
  const node = { kind: 'external', form: label, timeout: 'PT1S' };
  return runs(stage, 'taskCycle.external-timeout', withoutFailedEdge(only(node, ways)));
};

/** Code runs before the review, in the cycle and again in the rework. */
const executionInRework: Scenario = async (stage) => {
  const { nodes, ...rest } = reviewed();
  const check = { key: 'check', kind: 'code', function: 'most-common', ...quick };
  const pipeline = await stage.project.pipeline({
    ...rest,
    nodes: [...nodes, check],
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'check' },
      { from: 'check', to: 'qa' },
      { from: 'qa', on: 'approve', to: 'done' },
    ],
  });
  const taskId = await stage.project.task(pipeline);
  for (const verdict of ['reject', 'approve']) {
    await label1(stage.annotator, pipeline, taskId);
    const item = await until('the review', () => claimNext(stage.reviewer, pipeline, { tasks: [taskId] }));
    expectStatus(await stage.reviewer.post(`/node-instances/${item.nodeInstanceId}/${verdict}`, {}), 200);
  }
  await ended(stage, cycle(taskId));
  return [
    { name: 'taskCycle.execution-then-rework', workflowId: cycle(taskId) },
    { name: 'rework.execution', workflowId: `rework:${taskId}.1:annotate:2` },
  ];
};

export const programScenarios: Scenario[] = [
  modelCompleted,
  gateCondition,
  codeFails,
  externalTimeout,
  executionInRework,
];
