// Guards for what rework children tell their cycle. The names are open to anybody who can signal, so nothing is trusted.
import type { Decision } from './decision.js';
import { accept, reject } from './decision.js';
import { isObject } from './json.js';
import type { ReworkExit, ReworkRef } from './state.js';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 1_000;
const isRecordOf = (value: unknown, each: (item: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(each);

const isCounter = (value: unknown): boolean =>
  isObject(value) && isCount(value['failures']) && isCount(value['reReviews']);

const isSubmission = (value: unknown): boolean => isObject(value) && isText(value['id']) && isText(value['hash']);

const isListOf = (value: unknown, each: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(each);

const isOption = (value: unknown): boolean =>
  isObject(value) && isSubmission(value['submission']) && isText(value['action']) && isCount(value['votes']);

const isAnswer = (value: unknown): boolean =>
  isObject(value) && isText(value['by']) && isSubmission(value['submission']);

/** What a result has only where it came of votes. */
const isOfVotes = (value: Record<string, unknown>): boolean =>
  (value['merged'] === undefined || isObject(value['merged'])) &&
  (value['options'] === undefined || isListOf(value['options'], isOption)) &&
  (value['answers'] === undefined || isListOf(value['answers'], isAnswer));

const isResult = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['instance']) &&
  isText(value['outcome']) &&
  Array.isArray(value['performers']) &&
  value['performers'].every(isText) &&
  (value['submission'] === undefined || isSubmission(value['submission'])) &&
  isOfVotes(value);

const isExit = (value: unknown): value is ReworkExit =>
  isObject(value) &&
  ['passed', 'discarded', 'restarted', 'failed'].includes(value['how'] as string) &&
  Array.isArray(value['liveEdges']) &&
  value['liveEdges'].every(isCount) &&
  isRecordOf(value['visits'], isCount) &&
  isRecordOf(value['counters'], isCounter) &&
  isRecordOf(value['results'], isResult);

export function parseReport(body: unknown): Decision<{ child: string; exit: ReworkExit }> {
  if (!isObject(body) || !isText(body['child']) || !isExit(body['exit']))
    return reject('MALFORMED_COMMAND', 'no report');
  return accept({ child: body['child'] as string, exit: body['exit'] });
}

export function parseHold(body: unknown): Decision<{ child: string; held: NonNullable<ReworkRef['held']> | null }> {
  if (!isObject(body) || !isText(body['child'])) return reject('MALFORMED_COMMAND', 'no hold');
  const { child, held } = body;
  if (held !== 'escalated' && held !== 'quarantined' && held !== null) return reject('MALFORMED_COMMAND', 'no hold');
  return accept({ child: child as string, held });
}
