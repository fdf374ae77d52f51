-- How the pauses of a pipeline stand, as cycles are told (PipelineClock of core/clock.ts); null where there were none.
create or replace function pipeline_clock(of_pipeline pipelines) returns jsonb language sql immutable as $$
  select case when of_pipeline.pause_turns > 0 then
    jsonb_strip_nulls(jsonb_build_object(
      'pausedTotalMs', of_pipeline.paused_total_ms,
      'pausedAtMs', floor(extract(epoch from of_pipeline.paused_at) * 1000)::bigint,
      'turns', of_pipeline.pause_turns,
      'hard', case when of_pipeline.pause_mode = 'hard' then true end,
      'nodes', nullif(of_pipeline.node_pauses, '{}'))) end
$$;
