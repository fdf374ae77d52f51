// Values that a raw Temporal client sends with its command: what the state refers to them by, and the record stores them under.
import type { SubmissionRef } from './state.js';

/** A visit is answered once, and what is answered instead after a reset takes its place. */
export const inlineSubmission = (instance: string): SubmissionRef => ({
  id: `${instance}.inline`,
  hash: `inline:${instance}`,
});
