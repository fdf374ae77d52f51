// The last answers that a stream gave, so that a command that is sent again gets the same one.
import type { CommandAnswer, StreamState } from './state.js';

export const answersKept = 200;

export function answerOf(state: StreamState, commandId: string): CommandAnswer | undefined {
  return state.answers.find(([id]) => id === commandId)?.[1];
}
