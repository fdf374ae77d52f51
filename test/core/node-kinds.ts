// How to drive each kind of node through its life: what the conformance suite is run on. A new kind needs a row.
import { disagreementOutcome, tieOutcome } from '../../core/consensus.js';
import type { NodeKind, PipelineNode } from '../../core/pipeline.js';
import { itemOutcome, reviewActions } from '../../core/pipeline.js';
import type { NodeStatus } from '../../core/state.js';
import {
  ann,
  aSubmission,
  bob,
  boss,
  chain,
  checkpoint,
  code,
  consensus,
  consensusReview,
  end,
  external,
  gate,
  hour,
  labeling,
  llm,
  review,
  rita,
  start,
} from '../support/builders.js';
import type { World } from './world.js';

/** What a kind need not do, with the reason. */
type Aspect = 'opens' | 'defers' | 'passes on' | 'finishes' | 'waits' | 'is held' | 'is closed' | 'comes again';

export interface Row {
  /** With the key `it`. It comes after a node `work`. */
  node: PipelineNode;
  work?: PipelineNode;
  /** How `work` is done; left out: labeled by ann. */
  works?: (world: World) => void;
  /** Ways that are not this cycle's. */
  elsewhere?: { nodes: PipelineNode[]; edges: string[] };
  /** Its status when it is reached. */
  opens: NodeStatus;
  /** Whom it waits for then. */
  waitsFor: string;
  /** What is escalated where that is not the node itself. */
  holdable?: string;
  /** All that it may end with, and how each comes about. */
  outcomes: Record<string, (world: World) => void>;
  skips?: Partial<Record<Aspect, string>>;
}

const settings = { onSkip: 'leave' as const };
const skipsIt = (world: World): void => {
  world.does(rita, 'claim', 'it');
  world.does(rita, 'skip', 'it');
};
const submits =
  (action: string) =>
  (world: World): void => {
    world.labels(rita, 'it', { action });
  };
const answers =
  (outcome: string) =>
  (world: World): void => {
    world.answers('it', { outcome, submission: aSubmission() });
  };
const fails = (world: World): void => {
  world.fails('it');
};
const vote =
  (...labels: string[]) =>
  (world: World): void => {
    const key = world.cycle.plan.nodes.find(({ kind }) => kind === 'consensus')?.key ?? '';
    [ann, bob].forEach((voter, index) => world.votes(voter, key, labels[index] ?? ''));
  };
const judges =
  (verdict: 'approve' | 'reject') =>
  (world: World): void => {
    world.judges(rita, 'it', verdict);
  };

const noInstance = 'it has no instance: a cycle begins there';
const atOnce = 'it is over as soon as it is reached';

export const rows: Record<NodeKind, Row> = {
  start: {
    node: { ...start(), key: 'it' },
    opens: 'finished',
    waitsFor: '',
    outcomes: {},
    skips: {
      opens: noInstance,
      defers: 'no edge leads there',
      'passes on': 'no edge leads there',
      finishes: noInstance,
      waits: noInstance,
      'is held': noInstance,
      'is closed': noInstance,
      'comes again': noInstance,
    },
  },
  labeling: {
    node: labeling('it', { settings }),
    opens: 'available',
    waitsFor: 'annotator',
    outcomes: { complete: submits('complete'), discard: submits('discard'), skip: skipsIt },
  },
  review: {
    node: review('it', 'work', { settings }),
    opens: 'available',
    waitsFor: 'reviewer',
    outcomes: {
      approve: judges('approve'),
      reject: judges('reject'),
      discard: submits('discard'),
      skip: skipsIt,
    },
  },
  consensus: {
    node: consensus('it', 2, { onDisagreement: 'tie' }),
    opens: 'available',
    waitsFor: 'annotator',
    holdable: '.s1',
    outcomes: { complete: vote('cat', 'cat'), [tieOutcome]: vote('cat', 'dog') },
  },
  consensus_review: {
    node: consensusReview('it', 'work', { settings }),
    work: consensus('work', 2, { onDisagreement: 'adjudicate' }),
    works: vote('cat', 'cat'),
    opens: 'available',
    waitsFor: 'reviewer',
    outcomes: { approve: judges('approve'), reject: judges('reject'), skip: skipsIt },
  },
  llm: {
    node: llm('it', { settings }),
    opens: 'claimed',
    waitsFor: 'model:m',
    outcomes: {
      complete: answers('complete'),
      failed: fails,
      skip: (world) => {
        world.does(boss, 'release', 'it');
        skipsIt(world);
      },
    },
  },
  external: {
    node: external('it', { settings, pathways: ['solved', 'unsolved'], timeout: 'PT1H' }),
    opens: 'available',
    waitsFor: 'program',
    outcomes: {
      solved: submits('solved'),
      unsolved: submits('unsolved'),
      skip: skipsIt,
      timeout: (world) => {
        world.passes(hour);
      },
    },
  },
  code: {
    node: code('it', { pathways: ['long', 'short'] }),
    opens: 'claimed',
    waitsFor: 'code:most-common',
    outcomes: { long: answers('long'), short: answers('short'), failed: fails },
  },
  gate: {
    node: gate('it', [{ outcome: 'yes', when: 'data.urgent' }], 'no'),
    opens: 'claimed',
    waitsFor: 'gate:it',
    outcomes: {
      yes: (world) => {
        world.answers('it', { matches: [true] });
      },
      no: (world) => {
        world.answers('it', { matches: [false] });
      },
      failed: fails,
    },
  },
  chain: {
    node: chain('it'),
    opens: 'claimed',
    waitsFor: 'chain:another',
    outcomes: { complete: answers('complete'), failed: fails },
  },
  checkpoint: {
    node: checkpoint('it', 'work'),
    elsewhere: { nodes: [labeling('gathered')], edges: ['it → gathered', 'gathered → end'] },
    opens: 'submitted',
    waitsFor: 'batch',
    outcomes: {
      item: (world) => {
        world.fires('it');
      },
    },
    skips: { 'is held': 'nobody works there, so nobody can escalate it' },
  },
  end: {
    node: end('it', 'archive'),
    opens: 'finished',
    waitsFor: '',
    outcomes: { archive: () => undefined },
    skips: { waits: atOnce, 'is held': atOnce, 'is closed': atOnce },
  },
};

/** What comes about by itself, at some kind or other. */
export const ownOutcomes = ['failed', 'timeout', 'skip', tieOutcome, disagreementOutcome, itemOutcome];

/** Sends the work back instead of leading on. */
export const goesBack = ({ kind }: PipelineNode, outcome: string): boolean =>
  (kind === 'review' || kind === 'consensus_review') && outcome === reviewActions.reject;
