// Bounds that more than one layer keeps.

/** Temporal takes 10 updates in flight per workflow; we stay below, so that signals' and resets' have room. */
export const commandsInFlight = 6;
/** Commands that wait for a place, per workflow, before the next is told BUSY. */
export const commandsQueued = 64;
/** How long a caller waits for a definite answer before it is told to ask again. */
export const answerWithinMs = 10_000;
