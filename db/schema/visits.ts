// Visits of nodes as executions: what their status reads as. An index is made of it, so that lists of one status scan no others.

const byProgram = `coalesce(performer, assignee) ~ '^(model|code|gate|chain):'`;

/**
 * Null for what is no execution: nodes that were not come to, and what a program did, whose runs are executions of their own.
 * A vote that is open is under way; other work that nobody has is waiting.
 */
export const visitStatus = `case
  when status in ('pending', 'na', 'deferred') or kind in ('code', 'gate', 'chain') or ${byProgram} then null
  when status = 'available' and kind <> 'consensus' then 'waiting'
  when status <> 'finished' then 'running'
  when outcome = 'timeout' then 'failed'
  when performer is null and (kind = 'llm' or outcome = 'failed') then null
  when performer is null and outcome = 'superseded' then case when claimed_at is not null then 'failed' end
  else 'succeeded' end`;
