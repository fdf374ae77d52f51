// What recorded histories hold, for the question which paths none of them takes: workflows, messages, activities, new runs.
import { readdirSync, readFileSync } from 'node:fs';
import * as messages from '../../workflows/messages.js';

export const historiesFolder = new URL('histories/', import.meta.url);
export const historyFiles = readdirSync(historiesFolder).filter((file) => file.endsWith('.json'));

type Attributes = Record<string, unknown>;
interface RecordedEvent {
  eventType: string;
  workflowExecutionSignaledEventAttributes?: { signalName: string };
  workflowExecutionUpdateAcceptedEventAttributes?: { acceptedRequest: { input: { name: string } } };
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  markerRecordedEventAttributes?: { details?: Record<string, { payloads?: { data: string }[] }> };
  workflowExecutionContinuedAsNewEventAttributes?: Attributes;
}

export const readHistory = (file: string): { events: RecordedEvent[] } =>
  JSON.parse(readFileSync(new URL(file, historiesFolder), 'utf8')) as { events: RecordedEvent[] };

export const workflowOf = (file: string): string => file.split('.')[0] ?? '';

/** A local activity is told by a marker. */
function localActivity({ markerRecordedEventAttributes: marker }: RecordedEvent): string | undefined {
  const told = Object.values(marker?.details ?? {}).flatMap(({ payloads = [] }) => payloads.map(({ data }) => data));
  const texts = told.map((data) => Buffer.from(data, 'base64').toString('utf8'));
  return texts.map((text) => /"activity_type":"(\w+)"/.exec(text)?.[1]).find((name) => name !== undefined);
}

function heldBy(event: RecordedEvent): string | undefined {
  const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input.name;
  const activity = event.activityTaskScheduledEventAttributes?.activityType.name;
  const local = localActivity(event);
  if (signal !== undefined) return `signal ${signal}`;
  if (update !== undefined) return `update ${update}`;
  if (activity !== undefined) return `activity ${activity}`;
  return local === undefined ? undefined : `local activity ${local}`;
}

/** Everything that some history holds. */
export const held: ReadonlySet<string> = new Set(
  historyFiles.flatMap((file) =>
    readHistory(file).events.flatMap((event) => {
      const found = heldBy(event);
      const isNewRun = event.workflowExecutionContinuedAsNewEventAttributes !== undefined;
      return [...(found === undefined ? [] : [found]), ...(isNewRun ? [`new run ${workflowOf(file)}`] : [])];
    }),
  ),
);

/** Every message that changes something, by its name on the wire. */
const messagesOf = (): string[] =>
  Object.values(messages).flatMap((message) =>
    'type' in message && message.type !== 'query' ? [`${message.type} ${message.name}`] : [],
  );

const folder = new URL('../../workflows/', import.meta.url);
const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
const namesIn = (pattern: RegExp): string[] =>
  sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name = '']) => name));

/** As the workflows' sources say: `const { a, b } = proxyActivities<…>` and `proxyActivities<…>(…).a`. */
function proxied(kind: 'proxyActivities' | 'proxyLocalActivities'): string[] {
  const listed = namesIn(new RegExp(`const \\{ ([\\w, ]+) \\} = ${kind}<`, 'g')).flatMap((names) => names.split(', '));
  const single = namesIn(new RegExp(`(?<!\\} = )${kind}<\\w+>\\((?:\\w+|\\{[\\s\\S]*?\\})\\)\\.(\\w+)`, 'g'));
  return [...listed, ...single];
}

/** Everything that workflow code can be told, ask for, or go on as. */
export const takeable = (): string[] => [
  ...messagesOf(),
  ...proxied('proxyActivities').map((name) => `activity ${name}`),
  ...proxied('proxyLocalActivities').map((name) => `local activity ${name}`),
  ...namesIn(/continueAsNew<typeof (\w+)>/g).map((workflow) => `new run ${workflow}`),
];
