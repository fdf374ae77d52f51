// Small builders of what tests talk about: people, pipelines, tasks and commands. Each call makes a new thing.
import type { Command, CommandType } from '../../core/commands.js';
import type {
  ChainNode,
  CheckpointNode,
  CodeNode,
  ConsensusNode,
  ConsensusReviewNode,
  CycleOutcome,
  EndNode,
  ExternalNode,
  GateNode,
  LabelingNode,
  LlmNode,
  PipelineDefinition,
  PipelineEdge,
  PipelineNode,
  ReviewNode,
  StartNode,
} from '../../core/pipeline.js';
import type { Plan } from '../../core/plan-node.js';
import { compilePlan } from '../../core/plan.js';
import type { FormerSubmission, FormerVisit } from '../../core/resume.js';
import type { Actor, SubmissionRef, TaskIdentity } from '../../core/state.js';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** 2026-03-02T09:00:00Z: when tests begin. */
export const dawn = Date.UTC(2026, 2, 2, 9);

export const ann: Readonly<Actor> = { id: 'ann' };
export const bob: Readonly<Actor> = { id: 'bob' };
export const cat: Readonly<Actor> = { id: 'cat' };
export const dan: Readonly<Actor> = { id: 'dan' };
/** A reviewer. */
export const rita: Readonly<Actor> = { id: 'rita' };
/** Another one. */
export const ravi: Readonly<Actor> = { id: 'ravi' };
/** A team manager. */
export const boss: Readonly<Actor> = { id: 'boss', manager: true };

export const aSubmission = (id = 'submission-1'): SubmissionRef => ({ id, hash: `hash of ${id}` });

export const aTask = (taskId = 'task-1'): TaskIdentity => ({
  projectId: 'project-1',
  pipelineId: 'pipeline-1',
  versionId: 'version-1',
  taskId,
  cycleId: `${taskId}.1`,
  batchId: 'batch-1',
});

/** A visit of the task's first cycle, as the next one finds it. */
export const aVisit = (node: string, more: Partial<FormerVisit> = {}): FormerVisit => ({
  id: `task-1.1.${node}.${String(more.visit ?? 1)}`,
  node,
  visit: 1,
  status: 'finished',
  outcome: 'complete',
  performer: 'ann',
  result: null,
  closedAtEnd: false,
  voters: [],
  ...more,
});

/** What was handed in at that visit. */
export const handedIn = (node: string, visit = 1, id = `${node} ${String(visit)}`): FormerSubmission => ({
  id,
  hash: 'h',
  instance: `task-1.1.${node}.${String(visit)}`,
  node,
  performer: 'ann',
  action: 'complete',
});

const form = { type: 'object' };

export const start = (): StartNode => ({ key: 'start', kind: 'start' });

export const labeling = (key: string, more: Partial<LabelingNode> = {}): LabelingNode => ({
  key,
  kind: 'labeling',
  form,
  ...more,
});

export const review = (key: string, reviews: string, more: Partial<ReviewNode> = {}): ReviewNode => ({
  key,
  kind: 'review',
  reviews,
  ...more,
});

export const consensus = (
  key: string,
  votes: number,
  more: Partial<ConsensusNode> & { threshold?: number; fields?: string[] } = {},
): ConsensusNode => {
  const { threshold = 0, fields = ['label'], ...rest } = more;
  const compared = Object.fromEntries(fields.map((field) => [field, 'exact' as const]));
  return {
    key,
    kind: 'consensus',
    form,
    overlap: { min: votes },
    policy: { kind: 'majority', fields: compared, threshold },
    ...rest,
  };
};

export const consensusReview = (
  key: string,
  reviews: string,
  more: Partial<ConsensusReviewNode> = {},
): ConsensusReviewNode => ({ key, kind: 'consensus_review', reviews, ...more });

/** A model's settings where people work too. */
export const modelAs = (as: 'worker' | 'suggest', minConfidence = 0) => ({
  model: { as, model: 'm', prompt: 'What is it?', minConfidence },
});

export const llm = (key: string, more: Partial<LlmNode> = {}): LlmNode => ({
  key,
  kind: 'llm',
  form,
  model: { model: 'm', prompt: 'What is it?' },
  ...more,
});

export const code = (key: string, more: Partial<CodeNode> = {}): CodeNode => ({
  key,
  kind: 'code',
  function: 'most-common',
  ...more,
});

export const chain = (key: string, more: Partial<ChainNode> = {}): ChainNode => ({
  key,
  kind: 'chain',
  pipeline: 'another',
  ...more,
});

export const checkpoint = (
  key: string,
  of: string,
  per: CheckpointNode['per'] = 'task',
  more: Partial<CheckpointNode> = {},
): CheckpointNode => ({ key, kind: 'checkpoint', of, per, ...more });

export const external = (key: string, more: Partial<ExternalNode> = {}): ExternalNode => ({
  key,
  kind: 'external',
  ...more,
});

export const gate = (key: string, branches: GateNode['branches'], otherwise: string): GateNode => ({
  key,
  kind: 'gate',
  branches,
  otherwise,
});

export const end = (key = 'end', outcome: CycleOutcome = 'complete'): EndNode => ({ key, kind: 'end', outcome });

/** `'a → b'` for every outcome that has no edge of its own, `'a : discard → b'` for one. */
export function edge(text: string): PipelineEdge {
  const [left = '', to = ''] = text.split('→').map((part) => part.trim());
  const [from = '', on] = left.split(':').map((part) => part.trim());
  return on === undefined ? { from, to } : { from, on, to };
}

export function aPipeline(nodes: PipelineNode[], edges: string[]): PipelineDefinition {
  return { name: 'a pipeline', nodes: [start(), ...nodes], edges: edges.map(edge) };
}

export const labeledOnce = (more: Partial<LabelingNode> = {}): PipelineDefinition =>
  aPipeline([labeling('annotate', more), end()], ['start → annotate', 'annotate → end']);

export const labeledAndReviewed = (more: Partial<ReviewNode> = {}): PipelineDefinition =>
  aPipeline(
    [labeling('annotate'), review('qa', 'annotate', more), end()],
    ['start → annotate', 'annotate : complete → qa', 'qa : approve → end'],
  );

/** Two reviews of one node, one after the other. */
export const reviewedTwice = (qa1: Partial<ReviewNode> = {}, qa2: Partial<ReviewNode> = {}): PipelineDefinition =>
  aPipeline(
    [labeling('annotate'), review('qa1', 'annotate', qa1), review('qa2', 'annotate', qa2), end()],
    ['start → annotate', 'annotate → qa1', 'qa1 → qa2', 'qa2 → end'],
  );

export const votedOn = (votes: number, more: Parameters<typeof consensus>[2] = {}): PipelineDefinition =>
  aPipeline([consensus('vote', votes, more), end()], ['start → vote', 'vote → end']);

/** Votes that somebody judges. */
export const votedAndJudged = (votes: number, more: Parameters<typeof consensus>[2] = {}): PipelineDefinition =>
  aPipeline(
    [consensus('vote', votes, more), consensusReview('judge', 'vote'), end()],
    ['start → vote', 'vote → judge', 'judge → end'],
  );

/** Reviewed work that is held until all of its batch is done; a label beside it goes on. */
export const gathered = (per: CheckpointNode['per'] = 'task', edges: string[] = []): PipelineDefinition => {
  const held = [labeling('work'), review('qa', 'work'), labeling('beside'), checkpoint('all', 'work', per)];
  return aPipeline(
    [...held, labeling('merge'), end()],
    [
      ...[
        'start → work',
        'start → beside',
        'beside → end',
        'work → qa',
        'qa → all',
        `all : ${per} → merge`,
        'merge → end',
      ],
      ...edges,
    ],
  );
};

/** One node between start and end, and nothing else. */
export const only = (node: PipelineNode, edges: string[] = [], others: PipelineNode[] = []): PipelineDefinition =>
  aPipeline([node, ...others, end()], [`start → ${node.key}`, `${node.key} → end`, ...edges]);

/** Two branches, each labeled and reviewed, that join before the end. */
export const twoReviewedBranches = (): PipelineDefinition =>
  aPipeline(
    [labeling('cat'), review('qaCat', 'cat'), labeling('dog'), review('qaDog', 'dog'), labeling('merge'), end()],
    ['start → cat', 'start → dog', 'cat → qaCat', 'dog → qaDog', 'qaCat → merge', 'qaDog → merge', 'merge → end'],
  );

export const aPlan = (definition: PipelineDefinition = labeledAndReviewed()): Plan => compilePlan(definition);

type Body = Record<string, unknown>;

const needed: Record<CommandType, Body> = {
  claim: {},
  release: {},
  heartbeat: {},
  submit: {},
  approve: {},
  reject: {},
  vote: { ballot: { label: 'cat' } },
  skip: { reason: 'not mine' },
  escalate: { reason: 'unclear' },
  deescalate: {},
  resolve: { how: 'return' },
  recall: {},
  reopen: {},
  revise: { submission: { id: 'revision-1', hash: 'hash of revision-1' } },
};

/** A command with what it cannot do without; `more` says what matters to the test. */
export function aCommand(type: CommandType, actor: Actor, instance: string, more: Body = {}): Command {
  return { id: `${type} by ${actor.id}`, type, actor, instance, ...needed[type], ...more } as unknown as Command;
}
