// Work as a worker sees it: the task's data, the form, and what the node shows of earlier work.
import type { PipelineDefinition, PipelineNode } from '../core/pipeline.js';
import { withLive } from '../core/live-settings.js';
import { actionsOf } from '../core/plan.js';
import { suggestionOf } from '../db/queries/executions.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import type { Task } from '../db/queries/tasks.js';
import { findTasks } from '../db/queries/tasks.js';
import { findDraft } from '../db/staging/payloads.js';
import { inLanes } from '../lanes.js';
import { earlierWork } from './earlier-work.js';
import type { Forms } from './forms.js';
import { formOf } from '../language/forms.js';
import type { Services } from './services.js';
import { shownTask, shownWork } from './shown-work.js';
import { pastOf } from './task-past.js';

/** What a model would hand in. */
async function suggested({ pool }: Services, { id, draftId }: NodeInstance) {
  const suggestion = draftId === null ? undefined : await suggestionOf(pool, id);
  return suggestion ? { suggestion } : {};
}

/** Each takes some statements of its own: one long list must not take every connection. */
const atOnce = 4;

/** What the holder of instances is handed, in the order given. */
export async function workItems(
  services: Services,
  forms: Forms,
  instances: readonly NodeInstance[],
  memberId: string,
) {
  const tasks = new Map(
    (
      await findTasks(
        services.pool,
        instances.map(({ taskId }) => taskId),
      )
    ).map((task) => [task.id, task]),
  );
  const found = instances.flatMap((instance) => {
    const task = tasks.get(instance.taskId);
    return task ? [{ instance, task }] : [];
  });
  const items: Awaited<ReturnType<typeof workItem>>[] = [];
  await inLanes(atOnce, found.entries(), async ([index, { instance, task }]) => {
    items[index] = await workItem(services, forms, instance, task, memberId);
  });
  return items;
}

/** What the holder goes on from: a draft, or a voter's own answer of the round before. */
async function startingPoint(
  services: Services,
  definition: PipelineDefinition,
  node: PipelineNode,
  { instance, memberId }: { instance: NodeInstance; memberId: string },
) {
  const draft = await findDraft(services.pool, instance.id, memberId, node.settings?.handOnDrafts ?? false);
  const past = pastOf(services, instance);
  const { former, ...earlier } = await earlierWork(definition, node, { instance, memberId }, past);
  return {
    actions: actionsOf(node),
    ...formOf(definition, withLive(node, instance.shown ?? {})),
    draft: draft?.values ?? former ?? null,
    ...(draft?.remarks ? { draftRemarks: draft.remarks } : {}),
    ...(await suggested(services, instance)),
    ...earlier,
    ...(await shownWork(definition, node, past)),
  };
}

async function workItem(services: Services, forms: Forms, instance: NodeInstance, task: Task, memberId: string) {
  const definition = await forms.definition(instance.versionId);
  const node = definition.nodes.find(({ key }) => key === instance.node);
  return {
    nodeInstanceId: instance.id,
    taskId: instance.taskId,
    pipelineId: instance.pipelineId,
    node: instance.node,
    kind: instance.kind,
    title: node?.title ?? instance.node,
    visit: instance.visit,
    status: instance.status,
    availabilityReason: instance.availabilityReason,
    version: instance.version,
    claimedAt: instance.claimedAt,
    leaseUntil: instance.leaseUntil,
    dueAt: instance.dueAt,
    task: shownTask(task, node ?? {}),
    ...(node ? await startingPoint(services, definition, node, { instance, memberId }) : {}),
  };
}
