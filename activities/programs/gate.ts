// A gate's conditions over payloads, which the cycle does not have. Which branch is taken, the cycle decides.
import { evaluate } from '../../language/expressions.js';
import { messageOf, ProgramFailure } from './failure.js';
import type { Program } from './work.js';

export const gate: Program = ({ at, scope }) => {
  if (at.kind !== 'gate') throw new ProgramFailure('EXPRESSION_FAILED', `"${at.key}" is no gate`);
  const matches = at.branches.map(({ when }) => {
    if (when === undefined) return false;
    try {
      return evaluate(when, scope) === true;
    } catch (error) {
      throw new ProgramFailure('EXPRESSION_FAILED', messageOf(error), { cause: error });
    }
  });
  return Promise.resolve({ result: { matches } });
};
