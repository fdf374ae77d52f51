// Nodes whose authors are left out for some who look at their work, in any version of a pipeline.
import type pg from 'pg';
import type { NodeKind } from '../../core/pipeline.js';

export interface BlindNodes {
  /** Their work is looked at without names. */
  nodes: string[];
  /** Reviews of such work: whoever fixed it is an author too. */
  fixers: string[];
}

/** `kinds`: those at which the one who asks may work. */
export async function findBlindNodes(
  pool: pg.Pool,
  pipelineId: string,
  kinds: readonly NodeKind[],
): Promise<BlindNodes> {
  const { rows } = await pool.query<BlindNodes>({
    name: 'blind-nodes',
    text: `with node as (
       select n from pipeline_versions v, jsonb_array_elements(v.definition -> 'nodes') as n where v.pipeline_id = $1
     ), blind as (
       select n ->> 'reviews' as key, n from node union all
       select r, n from node, jsonb_array_elements_text(coalesce(n -> 'shows' -> 'results', '[]')) as r
     ), hidden as (
       select distinct key from blind
        where key is not null and n ->> 'kind' = any ($2) and coalesce(n -> 'shows' -> 'authors', 'false') <> 'true'
     )
     select array(select key from hidden) as nodes,
            array(select distinct n ->> 'key' from node where n ->> 'reviews' in (select key from hidden)) as fixers`,
    values: [pipelineId, kinds],
  });
  return rows[0] ?? { nodes: [], fixers: [] };
}
