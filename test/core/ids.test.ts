import { expect, test } from 'vitest';
import {
  cycleIdOf,
  cycleWorkflowId,
  importWorkflowId,
  instanceId,
  isReworkWorkflow,
  reworkWorkflowId,
  slotId,
  taskCommandWorkflowId,
  taskIdOf,
} from '../../core/ids.js';

test('Ids say what they stand for', () => {
  expect(cycleIdOf('task-1', 2)).toBe('task-1.2');
  expect(cycleWorkflowId('task-1.2')).toBe('cycle:task-1.2');
  expect(reworkWorkflowId('task-1.2', 'annotate', 3)).toBe('rework:task-1.2:annotate:3');
  expect(taskCommandWorkflowId('task-1', 'c9')).toBe('command:task-1:c9');
  expect(importWorkflowId('batch-1')).toBe('import:batch-1');
  expect(instanceId('task-1.2', 'annotate', 3)).toBe('task-1.2.annotate.3');
  expect(slotId('task-1.2.vote.1', 4)).toBe('task-1.2.vote.1.s4');
});

test('A later generation of a rework child has another id', () => {
  expect(reworkWorkflowId('task-1.2', 'annotate', 3, 1)).toBe('rework:task-1.2:annotate:3:g1');
});

test('A rework child is told from a cycle by its id', () => {
  expect(isReworkWorkflow(reworkWorkflowId('task-1.2', 'annotate', 3))).toBe(true);
  expect(isReworkWorkflow(cycleWorkflowId('task-1.2'))).toBe(false);
});

test('A cycle tells its task, also where the id of the task has dots', () => {
  expect(taskIdOf(cycleIdOf('a.b.c', 12))).toBe('a.b.c');
});
