// The arguments of a command; what can't be read is answered with how it is used.
import { InputProblem } from './problems.js';

/** @param parse - calls `parseArgs`, which throws where an option is unknown or has no value */
export function readArgs<T>(parse: () => T, usage: string): T {
  try {
    return parse();
  } catch (error) {
    throw new InputProblem(error instanceof Error ? error.message : String(error), usage.split('\n'));
  }
}
