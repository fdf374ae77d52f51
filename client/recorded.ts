// How far a stream has recorded, by its history alone: no worker is asked, and no workflow task disturbed (ADR 27).
import type { Client } from '@temporalio/client';
import { isObject } from '../core/json.js';
import type { RecordedUpTo } from '../core/record.js';

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistoryReverse']>>;
type HistoryEvent = NonNullable<NonNullable<NonNullable<Page['history']>['events']>[number]>;
type Payloads = NonNullable<NonNullable<HistoryEvent['markerRecordedEventAttributes']>['details']>[string];

/** The records of a cycle are a few events apart. */
const pageSize = 50;
const recordActivity = 'record';

function valueOf(payloads: Payloads | undefined): unknown {
  const data = payloads?.payloads?.[0]?.data;
  try {
    return data ? (JSON.parse(Buffer.from(data).toString('utf8')) as unknown) : undefined;
  } catch {
    // Encoded by a codec: only a worker can read it.
    return undefined;
  }
}

/** What a record's marker says; undefined where it is another's, null where a record does not say it. */
function recordedBy({ markerRecordedEventAttributes, activityTaskScheduledEventAttributes }: HistoryEvent) {
  // One that Postgres was away for: its answer has no more than how it went.
  if (activityTaskScheduledEventAttributes?.activityType?.name === recordActivity) return null;
  const { data, result } = markerRecordedEventAttributes?.details ?? {};
  const about = valueOf(data);
  if (!isObject(about) || about['activity_type'] !== recordActivity) return undefined;
  const answer = valueOf(result);
  if (!isObject(answer)) return null;
  const { sequence, decidedAt } = answer;
  return typeof sequence === 'number' && typeof decidedAt === 'number' ? { sequence, decidedAt } : null;
}

/** Undefined where the end of its history does not tell: it began there, or was written by an earlier release. */
export async function recordedInHistory(temporal: Client, workflowId: string): Promise<RecordedUpTo | undefined> {
  const { history } = await temporal.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: temporal.options.namespace,
    execution: { workflowId },
    maximumPageSize: pageSize,
  });
  for (const event of history?.events ?? []) {
    const recorded = recordedBy(event);
    if (recorded !== undefined) return recorded ?? undefined;
  }
  return undefined;
}
