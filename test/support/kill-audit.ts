// After kills: every accepted command has its effect, once; and the report, the rows, the cycles and Temporal's visibility agree.
import type { Report } from '../../simulate/simulate.js';
import type { LoggedCommand } from './command-log.js';
import type { OwnStack } from './own-stack.js';
import { until } from './until.js';

const visibleWithinMs = 10_000;
const effects: Record<string, string> = {
  claim: 'claimed',
  submit: 'submitted',
  vote: 'voted',
  approve: 'reviewed',
  reject: 'reviewed',
  resolve: 'resolved',
};

/** "type instance" → how often. */
type Tally = Map<string, number>;

const add = (tally: Tally, name: string, count = 1): void => {
  tally.set(name, (tally.get(name) ?? 0) + count);
};

function differences(what: string, expected: Tally, actual: Tally): string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter((name) => expected.get(name) !== actual.get(name))
    .map((name) => `${what}: ${name}: ${String(expected.get(name) ?? 0)} against ${String(actual.get(name) ?? 0)}`);
}

/** What the API said that it did. */
function answered(commands: readonly LoggedCommand[]): Tally {
  const tally: Tally = new Map();
  for (const { path, answer } of commands) {
    if (answer?.status !== 200) continue;
    if (path.endsWith('/claim-next')) {
      const { items } = answer.body as { items: { nodeInstanceId: string }[] };
      for (const { nodeInstanceId } of items) add(tally, `claimed ${nodeInstanceId}`);
      continue;
    }
    const [, instance = '', action = ''] = /\/node-instances\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const effect = effects[action];
    if (effect !== undefined) add(tally, `${effect} ${decodeURIComponent(instance)}`);
  }
  return tally;
}

async function effectsOf({ pool }: OwnStack, report: Report): Promise<Tally> {
  const { rows } = await pool.query<{ type: string; instance: string; count: number }>(
    `select e.type, e.instance_id as instance, count(*)::int as count
       from timeline e join tasks t on t.id = e.task_id
      where t.pipeline_id = $1 and e.superseded_at is null and e.type = any ($2) group by 1, 2`,
    [report.pipelineId, [...new Set(Object.values(effects))]],
  );
  return new Map(rows.map(({ type, instance, count }) => [`${type} ${instance}`, count]));
}

/** Rows of a query that has to find nothing. */
async function none({ pool }: OwnStack, what: string, report: Report, query: string): Promise<string[]> {
  const { rows } = await pool.query<Record<string, unknown>>(query, [report.pipelineId]);
  return rows.map((row) => `${what}: ${JSON.stringify(row)}`);
}

async function doubles(own: OwnStack, report: Report): Promise<string[]> {
  return [
    ...(await none(
      own,
      'two submissions of one instance',
      report,
      `select s.instance_id, count(*)::int from submissions s join tasks t on t.id = s.task_id
        where t.pipeline_id = $1 and s.superseded_at is null group by 1 having count(*) > 1`,
    )),
    ...(await none(
      own,
      'submitted, and no submission',
      report,
      `select n.id, n.status from node_instances n
        where n.pipeline_id = $1 and n.submission_id is not null and not exists
          (select from submissions s where s.id = n.submission_id and s.superseded_at is null)`,
    )),
    ...(await none(
      own,
      'one command twice on the timeline',
      report,
      `select e.command_id, e.type, e.instance_id, count(*)::int from timeline e join tasks t on t.id = e.task_id
        where t.pipeline_id = $1 and e.superseded_at is null and e.command_id is not null
        group by 1, 2, 3 having count(*) > 1`,
    )),
  ];
}

async function counts({ pool, client }: OwnStack, report: Report, tasks: number): Promise<string[]> {
  const { rows } = await pool.query<{ status: string; outcome: string | null; count: number }>(
    'select status, outcome, count(*)::int as count from tasks where pipeline_id = $1 group by 1, 2',
    [report.pipelineId],
  );
  const statuses: Tally = new Map();
  const outcomes: Tally = new Map();
  for (const { status, outcome, count } of rows) {
    add(statuses, status, count);
    if (outcome !== null) add(outcomes, outcome, count);
  }
  const found = [
    ...differences('status, API against Postgres', new Map(Object.entries(report.statuses)), statuses),
    ...differences('outcome, API against Postgres', new Map(Object.entries(report.outcomes)), outcomes),
  ];
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  if (report.open > 0) found.push(`${String(report.open)} tasks are neither ended nor held`);
  if (total !== tasks) found.push(`${String(tasks)} tasks imported, ${String(total)} there`);
  for (const status of ['pending', 'in_progress', 'finished', 'escalated', 'quarantined', 'failed']) {
    const query = `TaskloomPipeline = '${report.pipelineId}' and TaskloomStatus = '${status}'`;
    const wanted = statuses.get(status) ?? 0;
    const seen = await until(status, async () => (await client.countCycles(query)) === wanted, visibleWithinMs).catch(
      () => client.countCycles(query),
    );
    if (seen !== true) found.push(`${status}: ${String(wanted)} in Postgres, ${String(seen)} in Temporal`);
  }
  return found;
}

/** Every stream that is open, by its rows and by itself. */
async function streams({ pool, client }: OwnStack, report: Report): Promise<string[]> {
  const { rows } = await pool.query<{ id: string; instances: Record<string, string> }>(
    `select s.id, coalesce(json_object_agg(n.id, n.status) filter (where n.id is not null), '{}') as instances
       from streams s join cycles c on c.id = s.cycle_id join tasks t on t.id = c.task_id
       left join node_instances n on n.stream_id = s.id
      where t.pipeline_id = $1 and s.status = 'open' group by s.id`,
    [report.pipelineId],
  );
  const found: string[] = [];
  for (const { id, instances } of rows) {
    const state = await client.state(id).catch((error: unknown) => String(error));
    if (typeof state === 'string') {
      found.push(`${id} is open in Postgres, and says: ${state}`);
      continue;
    }
    const own = Object.values(state.instances).map(({ id: instance, status }) => [instance, status] as const);
    for (const [instance, status] of own) {
      if (instances[instance] !== status) found.push(`${instance}: ${status}, its row ${String(instances[instance])}`);
    }
    if (own.length !== Object.keys(instances).length) found.push(`${id} has other instances than its rows say`);
  }
  return found;
}

export async function disagreements(
  own: OwnStack,
  report: Report,
  tasks: number,
  commands: readonly LoggedCommand[],
): Promise<string[]> {
  return [
    ...(await counts(own, report, tasks)),
    ...differences('answered against recorded', answered(commands), await effectsOf(own, report)),
    ...(await doubles(own, report)),
    ...(await streams(own, report)),
  ];
}
