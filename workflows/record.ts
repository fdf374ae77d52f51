// Records what a stream decided: one record for all that came together.
import { workflowInfo } from '@temporalio/workflow';
import type { RecordAnswer } from '../activities/record.js';
import type { ChildRecord, StreamRecord } from '../core/record.js';
import { recordOf } from '../core/record.js';
import { supersededEvents } from '../core/replaced.js';
import type { RecordResult } from '../db/writes/record-stream.js';
import { tellAnew } from './checkpoints.js';
import { learnSettings } from './live-settings.js';
import { recordDurably, recordLocally } from './proxies.js';
import type { Stream } from './stream.js';
import { apply } from './stream.js';

/** True when the stream learned of other settings by it. */
export async function record(stream: Stream, children: readonly ChildRecord[] = []): Promise<boolean> {
  const { state, unrecorded, waiting, wantsWhole, heardAt } = stream;
  if (unrecorded.length === 0 && !wantsWhole) return false;
  const before = wantsWhole ? undefined : stream.recordedState;
  stream.unrecorded = [];
  stream.waiting = [];
  stream.isRecording = true;
  stream.wantsWhole = false;
  stream.sequence += 1;
  stream.decidedAt = heardAt;
  const stamp = { runId: workflowInfo().runId, sequence: stream.sequence, decidedAt: heardAt };
  const first = resultOf(await write(recordOf(before, state, unrecorded, children, stamp)));
  const result =
    first === 'needsWhole' ? resultOf(await write(recordOf(undefined, state, unrecorded, children, stamp))) : first;
  if (wantsWhole || first === 'needsWhole') tellAnew(stream);
  if (result === 'clockBehind') stream.clockBehind = true;
  if (result === 'superseded') apply(stream, supersededEvents);
  stream.recordedState = state;
  // Before anybody is answered: who works on is to find the settings in force.
  const learned = result === 'newSettings' && (await learnSettings(stream));
  stream.isRecording = false;
  for (const tell of waiting) tell();
  return learned;
}

/** In the workflow task, and if Postgres is away, as an activity that waits for it. */
export const write = (body: StreamRecord) => recordLocally(body).catch(() => recordDurably(body));

/** Histories of earlier releases hold the result alone. */
const resultOf = (answer: RecordAnswer): RecordResult => (typeof answer === 'string' ? answer : answer.result);
