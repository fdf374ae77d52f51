// The two ways in which a rehearsal ends early; anything else that is thrown is a defect.

/** What was given can't be rehearsed: every problem in words. */
export class InputProblem extends Error {
  constructor(
    message: string,
    readonly problems: readonly string[] = [],
  ) {
    super(message);
    this.name = 'InputProblem';
  }
}

/** The server did not come back in time. */
export class PatienceEnded extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatienceEnded';
  }
}
