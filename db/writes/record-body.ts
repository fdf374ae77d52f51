// What a record says, as rows of the tables that db/functions/record_stream.sql writes; what is empty is left out.
import { defined } from '../../core/defined.js';
import { inlineSubmission } from '../../core/inline-values.js';
import type { InstanceRow, StreamRecord, TimelineEvent } from '../../core/record.js';

const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function instanceJson(row: InstanceRow, versionId: string) {
  return {
    id: row.id,
    version_id: row.versionId ?? versionId,
    node: row.node,
    kind: row.kind,
    visit: row.visit,
    slot: row.slot,
    parent_id: row.parentId,
    status: row.status,
    availability_reason: row.availabilityReason,
    assignee: row.assignee,
    performer: row.performer,
    outcome: row.outcome,
    verdict: row.verdict,
    submission_id: row.submissionId,
    draft_id: row.draftId,
    hold_reason: row.holdReason,
    result: row.result,
    open_slots: row.openSlots,
    excluded: row.excluded,
    reserved_for: row.reservedFor,
    reserved_until: isoTime(row.reservedUntil),
    opened_at: isoTime(row.openedAt),
    claimed_at: isoTime(row.claimedAt),
    lease_until: isoTime(row.leaseUntil),
    lease_ms: row.leaseMs,
    due_at: isoTime(row.dueAt ?? null),
    paused_ms: row.pausedMs,
    held_at_ms: row.heldAtMs,
    submitted_at: isoTime(row.submittedAt),
    finished_at: isoTime(row.finishedAt),
    version: row.version,
  };
}

/** What an event says beyond its own columns. */
function detailOf(event: TimelineEvent): Record<string, unknown> {
  switch (event.type) {
    case 'opened':
      return { node: event.opened.node, visit: event.opened.visit, status: event.opened.status };
    case 'reworkStarted':
      return { child: event.child, node: event.scope.target, review: event.scope.review, status: event.initial.status };
    case 'reworkEnded':
      return { child: event.child, how: event.exit.how };
    case 'migrated':
      return { from: event.from, to: event.versionId };
    case 'settingsChanged':
      return { number: event.number, nodes: Object.keys(event.nodes) };
    case 'ended':
      return { outcome: event.outcome, ...defined({ cause: event.cause, replacedBy: event.replacedBy }) };
    default: {
      const own = new Set(['type', 'at', 'instance', 'actor', 'commandId', 'values', 'of', 'performers']);
      return Object.fromEntries(Object.entries(event).filter(([name]) => !own.has(name)));
    }
  }
}

function timelineJson(event: TimelineEvent, position: number) {
  const actor = 'actor' in event ? event.actor : undefined;
  return {
    position,
    at: isoTime(event.at),
    type: event.type,
    instance_id: 'instance' in event ? event.instance : null,
    actor: actor?.id ?? null,
    via: actor?.via ?? null,
    command_id: event.commandId ?? null,
    detail: detailOf(event),
  };
}

type Given = Extract<TimelineEvent, { type: 'reviewed' | 'resolved' | 'revised' }>;

/** A fix of what is reviewed, a revision, or values with a manager's way out of a hold; what is picked among votes is there already. */
function isGiven(event: TimelineEvent): event is Given {
  if (event.type === 'reviewed') return event.verdict === 'fixed';
  if (event.type === 'revised') return true;
  return event.type === 'resolved' && (event.how === 'accept' || event.how === 'fixAndAccept');
}

function givenJson(event: TimelineEvent, node: string, outcome: string) {
  if (!isGiven(event) || !event.submission) return [];
  return [
    {
      id: event.submission.id,
      payload_hash: event.submission.hash,
      values: null,
      instance_id: event.instance,
      node: (event.type === 'revised' ? event.node : event.of) ?? node,
      performer: event.actor.id,
      via: event.actor.via ?? null,
      action: event.type === 'revised' ? event.outcome : outcome,
      answers: null,
      submitted_at: isoTime(event.at),
    },
  ];
}

const submittedJson = ({ action, answers }: Extract<TimelineEvent, { type: 'submitted' }>) => ({
  action,
  answers: answers ?? null,
});

function submissionJson(event: TimelineEvent, node: string) {
  if (event.type !== 'submitted' && event.type !== 'voted') return [];
  const inline = event.values === undefined ? undefined : inlineSubmission(event.instance);
  // Events that a stream of an earlier release carried on have no hash for what came inline.
  const submission = event.submission?.hash ? event.submission : (inline ?? event.submission);
  if (!submission) return [];
  return [
    {
      id: submission.id,
      payload_hash: submission.hash,
      values: inline ? event.values : null,
      instance_id: event.instance,
      node,
      performer: event.actor.id,
      via: event.actor.via ?? null,
      ...(event.type === 'submitted' ? submittedJson(event) : { action: event.ballot.action, answers: null }),
      submitted_at: isoTime(event.at),
    },
  ];
}

function reviewJson(event: TimelineEvent, node: string, streamId: string, sequence: number) {
  if (event.type !== 'reviewed') return [];
  return [
    {
      id: `${streamId}/${String(sequence)}/${event.instance}`,
      instance_id: event.instance,
      node,
      reviewer: event.actor.id,
      via: event.actor.via ?? null,
      verdict: event.verdict,
      comment: event.comment ?? null,
      issue_tags: event.issueTags ?? [],
      fields: event.fields ?? [],
      field_verdicts: event.fieldVerdicts ?? [],
      reviewed_at: isoTime(event.at),
    },
  ];
}

/** Values that came inline, each once. */
function payloadsOf(submissions: readonly { payload_hash: string; values: unknown }[]) {
  const inline = submissions.filter(({ values }) => values !== null);
  return [...new Map(inline.map((payload) => [payload.payload_hash, payload])).values()].map(
    ({ payload_hash: hash, values }) => ({ hash, values }),
  );
}

const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

/** Each once: what a manager accepts with values of their own is told by two events. */
function submissionsOf({ events, rows }: StreamRecord, nodeOf: (event: TimelineEvent) => string) {
  const outcomeOf = (event: TimelineEvent): string =>
    ('instance' in event ? rows.find(({ id }) => id === event.instance)?.outcome : undefined) ?? '';
  const all = events.flatMap((event) => [
    ...givenJson(event, nodeOf(event), outcomeOf(event)),
    ...submissionJson(event, nodeOf(event)),
  ]);
  return [...new Map(all.map((submission) => [submission.id, submission])).values()];
}

/** What a cycle that has moved once tells with its whole state again. */
const isMoved = ({ kind, whole, sequence, events }: StreamRecord): boolean =>
  (kind === 'cycle' && whole && sequence > 1) || events.some(({ type }) => type === 'migrated');

/** The argument of `record_stream`. */
export function recordBody(record: StreamRecord) {
  const { task, events, sequence, workflowId, rows, children } = record;
  const rowOf = (id: string) => rows.find((row) => row.id === id);
  const nodeOf = (event: TimelineEvent): string =>
    ('instance' in event ? rowOf(event.instance ?? '')?.node : undefined) ?? '';
  const submissions = submissionsOf(record, nodeOf);
  const claims = events.flatMap((event) =>
    event.type === 'claimed'
      ? [{ instance_id: rowOf(event.instance)?.parentId ?? event.instance, member_id: event.actor.id }]
      : [],
  );
  return {
    task_id: task.taskId,
    version_id: task.versionId,
    whole: record.whole,
    stream: {
      id: workflowId,
      cycle_id: task.cycleId,
      kind: record.kind,
      run_id: record.runId,
      sequence,
      decided_at: record.decidedAt,
      status: record.status,
      outcome: record.outcome,
      started: record.started,
      nodes: record.nodes,
      ...(record.parkedAt === undefined ? {} : { parked_in: task.pipelineId }),
      own_paused_ms: record.own?.pausedTotalMs ?? 0,
      held_at_ms: record.own?.pausedAtMs ?? null,
      ...defined({ counters: record.counters }),
    },
    instances: rows.map((row) => instanceJson(row, task.versionId)),
    timeline: events.map(timelineJson),
    ...defined({
      failure: record.failure,
      replaced: events.some((event) => event.type === 'ended' && event.replacedBy !== undefined) || undefined,
      moved_to: isMoved(record) ? task.versionId : undefined,
      settings: record.settings,
      clock_turns: record.parkedAt,
      children: filled(
        children.flatMap(({ workflowId: stream_id, row, slots = [] }) =>
          [row, ...slots].map((own) => ({ ...instanceJson(own, task.versionId), stream_id })),
        ),
      ),
      submissions: filled(submissions.map(({ values: _, ...row }) => row)),
      payloads: filled(payloadsOf(submissions)),
      reviews: filled(events.flatMap((event) => reviewJson(event, nodeOf(event), workflowId, sequence))),
      claims: filled(claims),
      taken_back: record.takenBack,
      edits: filled(events.flatMap((event) => (event.type === 'edited' ? [event.edit] : []))),
      types: filled([...new Set(events.map(({ type }) => type))]),
    }),
  };
}
