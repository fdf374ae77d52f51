-- Stores tasks whose cycles are about to start; the one place where duplicates are looked for. A row that is there already, from
-- an earlier try, is left as it is. Answers with how this version handles duplicates, and with the rows that a task with the same
-- key was there for: `allow` has stored them all the same, `skip` and `refuse` have not.
create or replace function store_tasks(body jsonb, of_project text, of_pipeline text, of_batch text, of_version text, of_checkpoint text)
returns jsonb language plpgsql as $$
declare
  handling text;
  by_hash boolean;
  duplicates jsonb;
begin
  select coalesce(definition ->> 'onDuplicate', 'allow'), coalesce(definition ->> 'duplicateBy' = 'dataHash', false)
    into handling, by_hash
    from pipeline_versions where id = of_version;
  -- What a checkpoint starts is about its items, and none of them.
  if of_checkpoint is not null then handling := 'allow'; end if;
  -- Two that come at once have to see each other; where duplicates are let in, only their number would depend on it.
  if handling <> 'allow' then perform pg_advisory_xact_lock(hashtextextended('store_tasks ' || of_pipeline, 0)); end if;

  with row as (
    select *, case when by_hash then data_hash else external_id end as of_key
      from jsonb_to_recordset(body) as r(id text, cycle_id text, start_node text, batch_row int, external_id text, data jsonb,
        data_hash text, data_title text, metadata jsonb, gold jsonb, overlap int, priority float8, due_at timestamptz, tags text[])
  ), fresh as (
    select row.*, first_value(id) over (partition by of_key order by batch_row, id) as first_id
      from row
     where not exists (select from tasks t where t.id = row.id)
       and not exists (select from tasks t where t.batch_id = of_batch and t.batch_row = row.batch_row)
  ), found as (
    select fresh.*, coalesce(
             (select t.id from tasks t where by_hash and t.pipeline_id = of_pipeline and t.data_hash = of_key limit 1),
             (select t.id from tasks t where not by_hash and t.pipeline_id = of_pipeline and t.external_id = of_key limit 1),
             case when of_key is not null and first_id <> id then first_id end) as existing
      from fresh
  ), task as (
    insert into tasks (id, project_id, pipeline_id, batch_id, batch_row, external_id, data, data_hash, data_title, metadata,
      gold, overlap, priority, due_at, paused_ms, tags, cycle_id)
    select id, of_project, of_pipeline, of_batch, batch_row, external_id, data, data_hash, data_title, metadata, gold, overlap,
      priority, due_at, (select paused_ms(p, null, null) from pipelines p where p.id = of_pipeline), tags, cycle_id
      from found where handling = 'allow' or existing is null
    on conflict do nothing
    returning id, cycle_id
  ), item as (
    insert into checkpoint_items (batch_id, node, task_id, cycle_id, standing, decided_at, sequence)
    select of_batch, n.key, task.id, task.cycle_id, 'coming', 0, 0
      from (select node ->> 'key' as key from pipeline_versions v, jsonb_array_elements(v.plan -> 'nodes') as node
             where v.id = of_version and of_batch is not null and node ? 'checkpoint') as n, task
  ), cycle as (
    insert into cycles (id, task_id, number, version_id, checkpoint, start_node)
    select task.cycle_id, task.id, 1, of_version, of_checkpoint, found.start_node from task join found on found.id = task.id
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'row', batch_row, 'existing', existing) order by batch_row), '[]')
    into duplicates
    from found where existing is not null;
  return jsonb_build_object('handling', handling, 'duplicates', duplicates);
end $$;
