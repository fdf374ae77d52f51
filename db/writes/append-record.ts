// Writes a record's rows and events in one statement: stream, node instances, timeline, submissions, reviews, outbox.
import type pg from 'pg';
import type { InstanceRow, StreamRecord, TimelineEvent } from '../../core/record.js';

const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function instanceJson(row: InstanceRow, streamId: string) {
  return {
    id: row.id,
    stream_id: streamId,
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
    case 'ended':
      return { outcome: event.outcome, ...(event.cause === undefined ? {} : { cause: event.cause }) };
    default: {
      const own = new Set(['type', 'at', 'instance', 'actor', 'commandId', 'values']);
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

function submissionJson(event: TimelineEvent, node: string) {
  if (event.type !== 'submitted' && event.type !== 'voted') return [];
  const inline =
    event.values === undefined ? undefined : { id: `${event.instance}.inline`, hash: `inline:${event.instance}` };
  const submission = event.submission?.hash ? event.submission : (inline ?? event.submission);
  if (!submission) return [];
  return [
    {
      id: submission.id,
      hash: submission.hash,
      values: inline ? event.values : null,
      instance_id: event.instance,
      node,
      performer: event.actor.id,
      via: event.actor.via ?? null,
      action: event.type === 'submitted' ? event.action : event.ballot.action,
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
      reviewed_at: isoTime(event.at),
    },
  ];
}

const instanceColumns = `id, stream_id, node, kind, visit, slot, parent_id, status, availability_reason, assignee, performer,
  outcome, verdict, submission_id, draft_id, hold_reason, result, open_slots, excluded, reserved_for, reserved_until, opened_at,
  claimed_at, lease_until, lease_ms, submitted_at, finished_at, version`;

const instanceTypes = `id text, stream_id text, node text, kind text, visit int, slot int, parent_id text, status text,
  availability_reason text, assignee text, performer text, outcome text, verdict text, submission_id text, draft_id text,
  hold_reason text, result jsonb, open_slots int, excluded text[], reserved_for text, reserved_until timestamptz,
  opened_at timestamptz, claimed_at timestamptz, lease_until timestamptz, lease_ms int, submitted_at timestamptz,
  finished_at timestamptz, version int`;

/** Everything of a row that may change after it was first written. */
const changing = `stream_id, status, availability_reason, assignee, performer, outcome, verdict, submission_id, draft_id, hold_reason,
  result, open_slots, excluded, reserved_for, reserved_until, opened_at, claimed_at, lease_until, submitted_at, finished_at, version`;

const excludedColumns = changing.replaceAll(/\w+/g, 'excluded.$&');

const streamColumns = 'id, cycle_id, kind, run_id, sequence, decided_at, status, outcome, started, nodes, recorded_at';

const text = `
with record as (
  select r.*, t.priority
    from jsonb_to_record($1::jsonb) as r(id text, cycle_id text, kind text, run_id text, sequence int, decided_at bigint,
      status text, outcome text, started boolean, nodes text[], task_id text, project_id text, pipeline_id text, version_id text,
      rows jsonb, children jsonb, child_rows jsonb, timeline jsonb, submissions jsonb, reviews jsonb, claims jsonb, types text[])
    join tasks t on t.id = r.task_id
), stream as (
  insert into streams (${streamColumns})
  select id, cycle_id, kind, run_id, sequence, decided_at, status, outcome, started, nodes, now() from record
  on conflict (id) do update set (run_id, sequence, decided_at, status, outcome, started, nodes, recorded_at) =
    (excluded.run_id, excluded.sequence, excluded.decided_at, excluded.status, excluded.outcome, excluded.started,
     excluded.nodes, excluded.recorded_at)
), child as (
  insert into streams (${streamColumns})
  select c.id, r.cycle_id, 'rework', '', 0, r.decided_at, 'open', null, true, c.nodes, now()
    from record r, jsonb_to_recordset(r.children) as c(id text, nodes text[])
  on conflict (id) do nothing
  returning id
), instance as (
  insert into node_instances (${instanceColumns}, task_id, project_id, pipeline_id, version_id, rank)
  select ${instanceColumns.replaceAll(/\w+/g, 'i.$&')}, r.task_id, r.project_id, r.pipeline_id, r.version_id, r.priority
    from record r, jsonb_to_recordset(r.rows) as i(${instanceTypes})
  on conflict (id) do update set (${changing}) = (${excludedColumns})
), child_instance as (
  insert into node_instances (${instanceColumns}, task_id, project_id, pipeline_id, version_id, rank)
  select ${instanceColumns.replaceAll(/\w+/g, 'i.$&')}, r.task_id, r.project_id, r.pipeline_id, r.version_id, r.priority
    from record r, jsonb_to_recordset(r.child_rows) as i(${instanceTypes})
    join child on child.id = i.stream_id
  on conflict (id) do nothing
), entry as (
  insert into timeline (task_id, stream_id, sequence, position, decided_at, at, type, instance_id, actor, via, command_id, detail)
  select r.task_id, r.id, r.sequence, e.position, r.decided_at, e.at, e.type, e.instance_id, e.actor, e.via, e.command_id, e.detail
    from record r, jsonb_to_recordset(r.timeline) as e(position int, at timestamptz, type text, instance_id text, actor text,
      via text, command_id text, detail jsonb)
), claimed as (
  delete from reservations v using record r, jsonb_to_recordset(r.claims) as c(instance_id text, member_id text)
   where v.instance_id = c.instance_id and v.member_id = c.member_id
), payload as (
  insert into payloads (project_id, hash, values)
  select distinct on (s.hash) r.project_id, s.hash, s.values
    from record r, jsonb_to_recordset(r.submissions) as s(hash text, values jsonb)
   where s.values is not null and s.values <> 'null'::jsonb
  on conflict (project_id, hash) do update set values = excluded.values
), submission as (
  insert into submissions (id, task_id, project_id, instance_id, stream_id, sequence, node, performer, via, action, payload_hash,
    submitted_at)
  select s.id, r.task_id, r.project_id, s.instance_id, r.id, r.sequence, s.node, s.performer, s.via, s.action, s.hash, s.submitted_at
    from record r, jsonb_to_recordset(r.submissions) as s(id text, hash text, instance_id text, node text, performer text, via text,
      action text, submitted_at timestamptz)
  on conflict (id) do update set (sequence, performer, action, submitted_at, superseded_at) =
    (excluded.sequence, excluded.performer, excluded.action, excluded.submitted_at, null)
), review as (
  insert into reviews (id, task_id, project_id, instance_id, stream_id, sequence, node, reviewer, via, verdict, comment, issue_tags,
    fields, reviewed_at)
  select v.id, r.task_id, r.project_id, v.instance_id, r.id, r.sequence, v.node, v.reviewer, v.via, v.verdict, v.comment,
    v.issue_tags, v.fields, v.reviewed_at
    from record r, jsonb_to_recordset(r.reviews) as v(id text, instance_id text, node text, reviewer text, via text, verdict text,
      comment text, issue_tags text[], fields text[], reviewed_at timestamptz)
  on conflict (id) do update set superseded_at = null
)
insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types)
select project_id, pipeline_id, task_id, id, sequence, decided_at, types from record where cardinality(types) > 0`;

export async function appendRecord(client: pg.PoolClient, record: StreamRecord): Promise<void> {
  const { task, events, sequence, workflowId } = record;
  const nodeOf = (id: string): string => record.rows.find((row) => row.id === id)?.node ?? '';
  const parentOf = (id: string) => record.rows.find((row) => row.id === id)?.parentId;
  const body = {
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
    task_id: task.taskId,
    project_id: task.projectId,
    pipeline_id: task.pipelineId,
    version_id: task.versionId,
    rows: record.rows.map((row) => instanceJson(row, workflowId)),
    children: record.children.map((child) => ({ id: child.workflowId, nodes: [child.row.node] })),
    child_rows: record.children.map((child) => instanceJson(child.row, child.workflowId)),
    timeline: events.map(timelineJson),
    submissions: events.flatMap((event) =>
      submissionJson(event, 'instance' in event ? nodeOf(event.instance ?? '') : ''),
    ),
    reviews: events.flatMap((event) =>
      reviewJson(event, 'instance' in event ? nodeOf(event.instance ?? '') : '', workflowId, sequence),
    ),
    claims: events.flatMap((event) =>
      event.type === 'claimed'
        ? [{ instance_id: parentOf(event.instance) ?? event.instance, member_id: event.actor.id }]
        : [],
    ),
    types: [...new Set(events.map(({ type }) => type))],
  };
  await client.query({ name: 'record-append', text, values: [JSON.stringify(body)] });
}
