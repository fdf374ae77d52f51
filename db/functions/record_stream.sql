-- Writes one record of a stream: one call, one transaction, whatever it holds. ADR 5 tells why the fence is as it is, ADR 15
-- why this is a function. Answers recorded, late (time has overtaken it), needsWhole (what is here is not what it builds on; it
-- should bring the stream's whole state), gone (the task was deleted) newSettings (recorded, but the live settings of
-- the pipeline are others than the stream knows) or clockBehind (recorded, but the stream stopped for
-- a pause and the pipeline was resumed or paused since: it may have missed being woken) or superseded (nothing was recorded: the
-- cycle was given up before it began, as its task was run again).
create or replace function record_stream(body jsonb) returns text language plpgsql as $$
declare
  of_stream streams := jsonb_populate_record(null::streams, body -> 'stream');
  of_task tasks;
  standing streams;
  is_whole boolean := (body ->> 'whole')::boolean;
  instance node_instances;
  submission submissions;
  review reviews;
  edit jsonb;
  done text := 'recorded';
begin
  -- The lock comes first and by itself: the statements after it see what the one who held it before has written.
  select * into of_task from tasks where id = body ->> 'task_id' for update;
  if not found then return 'gone'; end if;

  -- The lock makes a resume wait: it finds this stream to wake, or this record finds that the pipeline was resumed.
  if of_stream.parked_in is not null then
    perform from pipelines where id = of_stream.parked_in and pause_turns = (body ->> 'clock_turns')::int for share;
    if not found then done := 'clockBehind'; end if;
  end if;

  select * into standing from streams where id = of_stream.id;
  if not found then
    perform from cycles where id = of_stream.cycle_id and ended_at is not null and of_stream.kind = 'cycle';
    if found then return 'superseded'; end if;
    if not is_whole then return 'needsWhole'; end if;
  elsif (standing.decided_at, standing.sequence, standing.run_id) = (of_stream.decided_at, of_stream.sequence, of_stream.run_id) then
    return done;
  elsif (of_stream.decided_at, of_stream.sequence) <= (standing.decided_at, standing.sequence) then
    return 'late';
  elsif is_whole then
    -- Entries that the whole state replaces are kept, marked; rows go.
    update timeline set superseded_at = now()
     where stream_id = of_stream.id and sequence >= of_stream.sequence and superseded_at is null;
    update submissions set superseded_at = now()
     where stream_id = of_stream.id and sequence >= of_stream.sequence and superseded_at is null;
    update reviews set superseded_at = now()
     where stream_id = of_stream.id and sequence >= of_stream.sequence and superseded_at is null;
    delete from node_instances
     where stream_id = of_stream.id and id not in (select i ->> 'id' from jsonb_array_elements(body -> 'instances') as i);
  elsif of_stream.sequence <> standing.sequence + 1 then
    return 'needsWhole';
  end if;

  insert into streams (id, cycle_id, kind, run_id, sequence, decided_at, status, outcome, started, nodes, counters, recorded_at,
                       parked_in, own_paused_ms, held_at_ms)
  values (of_stream.id, of_stream.cycle_id, of_stream.kind, of_stream.run_id, of_stream.sequence, of_stream.decided_at,
          of_stream.status, of_stream.outcome, of_stream.started, of_stream.nodes, of_stream.counters, now(), of_stream.parked_in,
          coalesce(of_stream.own_paused_ms, 0), of_stream.held_at_ms)
  on conflict (id) do update set (run_id, sequence, decided_at, status, outcome, started, nodes, counters, recorded_at, parked_in,
                                  own_paused_ms, held_at_ms) =
    (excluded.run_id, excluded.sequence, excluded.decided_at, excluded.status, excluded.outcome, excluded.started,
     excluded.nodes, excluded.counters, excluded.recorded_at, excluded.parked_in, excluded.own_paused_ms, excluded.held_at_ms);

  instance.task_id := of_task.id;
  instance.project_id := of_task.project_id;
  instance.pipeline_id := of_task.pipeline_id;
  instance.version_id := body ->> 'version_id';
  instance.rank := of_task.priority;
  -- Workers of the release before do not tell it.
  instance.paused_ms := 0;
  instance.stream_id := of_stream.id;
  insert into node_instances
  select * from jsonb_populate_recordset(instance, body -> 'instances')
  on conflict (id) do update set
    (stream_id, version_id, status, availability_reason, assignee, performer, outcome, verdict, submission_id, draft_id, hold_reason, result,
     open_slots, excluded, reserved_for, reserved_until, opened_at, claimed_at, lease_until, submitted_at, finished_at, paused_ms,
     held_at_ms, due_at, version) =
    (excluded.stream_id, excluded.version_id, excluded.status, excluded.availability_reason, excluded.assignee, excluded.performer, excluded.outcome,
     excluded.verdict, excluded.submission_id, excluded.draft_id, excluded.hold_reason, excluded.result, excluded.open_slots,
     excluded.excluded, excluded.reserved_for, excluded.reserved_until, excluded.opened_at, excluded.claimed_at,
     excluded.lease_until, excluded.submitted_at, excluded.finished_at, excluded.paused_ms, excluded.held_at_ms,
     excluded.due_at, excluded.version);

  -- A rework child's beginning, recorded by its cycle; what the child recorded itself is newer.
  if body ? 'children' then
    with child as (
      insert into streams (id, cycle_id, kind, run_id, sequence, decided_at, status, started, nodes, recorded_at, parked_in)
      select c ->> 'stream_id', of_stream.cycle_id, 'rework', '', 0, of_stream.decided_at, 'open', true, array[c ->> 'node'], now(),
             of_stream.parked_in
        from jsonb_array_elements(body -> 'children') as c
      on conflict (id) do nothing
      returning id
    )
    insert into node_instances
    select i.* from jsonb_populate_recordset(instance, body -> 'children') as i join child on child.id = i.stream_id
    on conflict (id) do nothing;
  end if;

  insert into timeline (task_id, stream_id, sequence, position, decided_at, at, type, instance_id, actor, via, command_id, detail)
  select of_task.id, of_stream.id, of_stream.sequence, e.position, of_stream.decided_at, e.at, e.type, e.instance_id, e.actor,
         e.via, e.command_id, e.detail
    from jsonb_populate_recordset(null::timeline, body -> 'timeline') as e;

  if body ? 'claims' then
    delete from reservations v
     using jsonb_populate_recordset(null::reservations, body -> 'claims') as c
     where v.instance_id = c.instance_id and v.member_id = c.member_id;
  end if;

  if body ? 'payloads' then
    insert into payloads (project_id, hash, values)
    select of_task.project_id, p.hash, p.values from jsonb_populate_recordset(null::payloads, body -> 'payloads') as p
    on conflict (project_id, hash) do update set values = excluded.values, orphaned_at = null;
  end if;

  if body ? 'submissions' then
    submission.task_id := of_task.id;
    submission.project_id := of_task.project_id;
    submission.stream_id := of_stream.id;
    submission.sequence := of_stream.sequence;
    insert into submissions
    select * from jsonb_populate_recordset(submission, body -> 'submissions')
    on conflict (id) do update set (sequence, performer, action, submitted_at, superseded_at) =
      (excluded.sequence, excluded.performer, excluded.action, excluded.submitted_at, null);
  end if;

  if body ? 'reviews' then
    review.task_id := of_task.id;
    review.project_id := of_task.project_id;
    review.stream_id := of_stream.id;
    review.sequence := of_stream.sequence;
    -- Workers of the release before do not tell them.
    review.field_verdicts := '[]';
    insert into reviews
    select * from jsonb_populate_recordset(review, body -> 'reviews')
    on conflict (id) do update set superseded_at = null;
  end if;

  -- Edits of the task itself: its own row, and the rank of its work that is queued.
  if body ? 'edits' then
    for edit in select * from jsonb_array_elements(body -> 'edits') loop
      update tasks
         set priority = coalesce((edit ->> 'priority')::float8, priority),
             tags = case when edit ? 'tags' then array(select jsonb_array_elements_text(edit -> 'tags')) else tags end
       where id = of_task.id;
      if edit ? 'priority' then
        update node_instances set rank = (edit ->> 'priority')::float8 where task_id = of_task.id and status in ('available', 'claimed');
      end if;
    end loop;
  end if;

  -- Work that a checkpoint held is waited for again from here on: no firing takes in what somebody was told is open again. Where
  -- it stands now is told afterwards, under this very fence.
  if body ? 'taken_back' then
    update checkpoint_items as i
       set standing = 'coming', decided_at = of_stream.decided_at, sequence = of_stream.sequence - 1
     where i.batch_id = of_task.batch_id and i.task_id = of_task.id and i.cycle_id = of_stream.cycle_id
       and i.checkpoint_id is null and i.standing = 'arrived'
       and i.node in (select jsonb_array_elements_text(body -> 'taken_back'))
       and (i.decided_at, i.sequence) < (of_stream.decided_at, of_stream.sequence);
  end if;

  -- The cycle goes on in another version.
  if body ? 'moved_to' then
    update cycles set version_id = body ->> 'moved_to' where id = of_stream.cycle_id;
  end if;

  if body ? 'failure' then
    update tasks set failure = body ->> 'failure' where id = of_task.id;
  end if;
  perform update_task(of_task.id, of_stream.cycle_id);

  insert into outbox (project_id, pipeline_id, task_id, stream_id, sequence, decided_at, types, transaction, was, status, outcome)
  select t.project_id, t.pipeline_id, t.id, of_stream.id, of_stream.sequence, of_stream.decided_at,
         array(select jsonb_array_elements_text(coalesce(body -> 'types', '[]'))), pg_current_xact_id()::text::bigint,
         -- A task that is run again has come to no end.
         of_task.status, case when body ? 'replaced' then of_task.status else t.status end,
         case when body ? 'replaced' then of_task.outcome else t.outcome end
    from tasks t where t.id = of_task.id and (body ? 'types' or t.status is distinct from of_task.status);

  if done = 'recorded' and body ? 'settings'
     and (body ->> 'settings')::int <> (select p.settings_number from pipelines p where p.id = of_task.pipeline_id) then
    return 'newSettings';
  end if;
  return done;
end $$;
