// What a table of tasks has columns for: the fields of their data, and the nodes of every version.
import type pg from 'pg';
import type { NodeKind } from '../../core/pipeline.js';
import type { TaskFilter } from './tasks.js';
import { pageOfTasks } from './tasks.js';

export interface FieldsOfPage {
  fields: string[];
  /** The last task of it; null at the end. */
  last: string | null;
  /** How much their data take up, as they are stored. */
  bytes: number;
}

export async function dataFields(pool: pg.Pool, filter: TaskFilter): Promise<FieldsOfPage> {
  const { text, values } = pageOfTasks(filter);
  const { rows } = await pool.query<FieldsOfPage>(
    `with page as (select t.id, t.data from tasks t ${text})
     select coalesce((select array_agg(distinct field) from page, jsonb_object_keys(page.data) as field), '{}') as fields,
            (select max(id) from page) as last, (select coalesce(sum(pg_column_size(data)), 0) from page) as bytes`,
    values,
  );
  return rows[0] ?? { fields: [], last: null, bytes: 0 };
}

/** Nodes of any version, in the order in which they came into the pipeline. */
export async function nodesOfVersions(pool: pg.Pool, pipelineId: string): Promise<{ key: string; kind: NodeKind }[]> {
  const { rows } = await pool.query<{ key: string; kind: NodeKind }>(
    `select node ->> 'key' as key, (array_agg(node ->> 'kind' order by v.version desc))[1] as kind
       from pipeline_versions v cross join jsonb_array_elements(v.plan -> 'nodes') with ordinality as n(node, place)
      where v.pipeline_id = $1
      group by 1 order by min(v.version), min(place)`,
    [pipelineId],
  );
  return rows;
}
