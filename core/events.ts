// What happened, in the past tense. Rules answer with these; `evolve` folds them into the state; the timeline shows them.
import type { Clock } from './clock.js';
import type { TaskEdit } from './edits.js';
import type { TunedNode } from './tuning.js';
import type { CycleOutcome, OnSkip } from './pipeline.js';
import type { Plan } from './plan-node.js';
import type {
  Actor,
  Ballot,
  FieldVerdict,
  Instance,
  ReviewCounter,
  ReworkExit,
  ReworkScope,
  SubmissionRef,
  Verdict,
  VoteOption,
  VoteResult,
} from './state.js';
import type { RerunMode } from './resume.js';
import type { RejectionCode } from './rejections.js';

interface Happened {
  /** Milliseconds. */
  at: number;
}

interface OnInstance extends Happened {
  instance: string;
}

interface ByActor {
  actor: Actor;
}

export type CycleEvent =
  /** A node came into this round: available, deferred, na, an end that was reached, or held from the start. */
  | (Happened & { type: 'opened'; instance: string; opened: Instance })
  | (OnInstance & ByActor & { type: 'claimed'; leaseUntil: number; holdUntil: number })
  | (OnInstance & ByActor & { type: 'prolonged'; leaseUntil: number })
  | (OnInstance & { type: 'released'; cause: 'holder' | 'manager' | 'lease'; actor?: Actor })
  | (OnInstance & { type: 'freed'; cause: 'retention' | 'holder' })
  /** The holder gave it back with a reason: to others, to get it again later, or to leave by the edge `skip`. */
  | (OnInstance & ByActor & { type: 'skipped'; reason: string; how: OnSkip; reservedUntil?: number })
  | (OnInstance &
      ByActor & {
        type: 'submitted';
        action: string;
        submission?: SubmissionRef;
        values?: unknown;
        answers?: Record<string, string>;
      })
  | (OnInstance & ByActor & { type: 'voted'; ballot: Ballot; submission: SubmissionRef; values?: unknown })
  | (OnInstance &
      ByActor & {
        type: 'reviewed';
        verdict: Verdict;
        comment?: string;
        issueTags?: string[];
        fields?: string[];
        fieldVerdicts?: FieldVerdict[];
        submission?: SubmissionRef;
        /** Whose work the reviewed node's result is from now on, where a fix is added to that of its author. */
        performers?: string[];
        /** Of the answer that was picked. */
        action?: string;
      })
  | (OnInstance & {
      type: 'decided';
      result: VoteResult;
      outcome: string;
      /** Where a consensus_review is to judge them. */
      options?: VoteOption[];
      /** Slots that may still vote, though it counts no more. */
      late?: string[];
    })
  /** A program began to work on it. */
  | (OnInstance & ByActor & { type: 'executionStarted'; execution: string })
  /** Its attempts have failed; `to` says who has it now. */
  | (OnInstance & {
      type: 'executionFailed';
      execution: string;
      code: string;
      detail?: string;
      to: 'people' | 'edge' | 'nobody';
    })
  /** What a program would hand in, as a person's draft. */
  | (OnInstance & ByActor & { type: 'suggested'; execution: string; submission?: SubmissionRef; confidence?: number })
  | (OnInstance & { type: 'finished'; outcome: string })
  /** A checkpoint's batch, or this item's share of it, is done: what it held goes on. */
  | (Happened & { type: 'checkpointFired'; node: string })
  /** The edges of a node were decided by its outcome. */
  | (Happened & { type: 'routed'; node: string; outcome: string })
  | (Happened & { type: 'counted'; review: string; counter: ReviewCounter })
  /** Nodes are worked again in this stream. */
  | (Happened & { type: 'reworked'; nodes: string[] })
  | (Happened & { type: 'reworkStarted'; child: string; scope: ReworkScope; initial: Instance; slots?: Instance[] })
  | (Happened & { type: 'reworkHeld'; child: string; held: 'escalated' | 'quarantined' | null })
  /** A child's report came in; `reworkEnded` follows once the child is known. */
  | (Happened & { type: 'reported'; child: string; exit: ReworkExit })
  | (Happened & { type: 'reworkEnded'; child: string; exit: ReworkExit })
  | (OnInstance & ByActor & { type: 'escalated'; reason: string })
  | (OnInstance & ByActor & { type: 'deescalated'; leaseUntil?: number; holdUntil?: number })
  | (OnInstance &
      ByActor & {
        type: 'resolved';
        how: ResolveHow;
        to?: string;
        reservedUntil?: number;
        /** An external program's time, which begins anew. */
        timeoutAt?: number;
        comment?: string;
        submission?: SubmissionRef;
      })
  /** Its author took it back before anybody began what follows: these nodes are undecided again. */
  | (OnInstance & ByActor & { type: 'recalled'; nodes: string[] })
  /** Done work is open again; what comes after it goes on until it is done again. */
  | (OnInstance & ByActor & { type: 'reopened'; node: string })
  /** A manager put other values in the place of what was handed in. */
  | (OnInstance &
      ByActor & { type: 'revised'; node: string; outcome: string; submission: SubmissionRef; performers: string[] })
  /** A node is done anew: what came after it was superseded, and runs again; so does what dropped rework children had. */
  | (Happened & { type: 'overtaken'; node: string; nodes: string[]; dropped: string[] })
  /** This cycle follows one that had ended, or was ended for it. */
  | (Happened & ByActor & { type: 'rerun'; mode: RerunMode; node?: string })
  /** The cycle begins anew; rework children of other branches are dropped. */
  | (Happened & { type: 'restarted'; dropped: string[] })
  | (Happened & {
      type: 'ended';
      /** Left out where it failed. */
      outcome?: CycleOutcome;
      exit?: ReworkExit;
      actor?: Actor;
      cause?: string;
      /** The cycle that follows, where the task is run again. */
      replacedBy?: string;
    })
  | (Happened & {
      type: 'rejected';
      command: string;
      code: RejectionCode;
      detail?: string;
      instance?: string;
      actor?: Actor;
    })
  | (Happened & ByActor & { type: 'edited'; edit: TaskEdit })
  /** Settings of the pipeline's nodes have changed; what they are in this cycle's version. */
  | (Happened & { type: 'settingsChanged'; number: number; nodes: Record<string, TunedNode> })
  /** The cycle goes on in another version of its pipeline. */
  | (Happened &
      ByActor & {
        type: 'migrated';
        from: string;
        versionId: string;
        plan: Plan;
        /** As they are decided, by index into the new plan's edges. */
        edges: Record<string, 'live' | 'dead'>;
      })
  /** The task itself. */
  | (Happened & ByActor & { type: 'paused' })
  | (Happened & ByActor & { type: 'resumed' })
  /** How pauses stand was heard from outside. */
  | (Happened & { type: 'clocked'; clock: Clock })
  | (Happened & { type: 'resynced' });

export const resolveHows = ['return', 'accept', 'fixAndAccept', 'discard', 'restart'] as const;
export type ResolveHow = (typeof resolveHows)[number];

/** Events that only carry the interpreter's bookkeeping; people are not shown them. */
export const silentEvents: ReadonlySet<CycleEvent['type']> = new Set([
  'routed',
  'reported',
  'prolonged',
  'counted',
  'clocked',
  'resynced',
]);
