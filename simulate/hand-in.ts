// How a synthetic person hands work in: as themselves or by callback, and what they do where that is refused, or was rash.
import { z } from 'zod';
import { taskOf } from './by-field.js';
import type { Answer } from './api.js';
import { refused } from './api.js';
import { answerField } from './definition.js';
import type { Floor } from './floor.js';
import { act } from './floor.js';
import { valuesFor } from './labels.js';
import type { Command, Work } from './work.js';

const tokenShape = z.object({ path: z.string() });
const recalledShape = z.object({ nodeInstanceId: z.string() });
const at = ({ nodeInstanceId }: Work, command: string): string => `/node-instances/${nodeInstanceId}/${command}`;

export interface HandIn {
  /** True when it was taken; else it was given back. */
  handIn(work: Work, command: Command): Promise<boolean>;
  /** Takes back what was handed in, unless somebody has begun what follows, and hands the right answer in. */
  thinkAgain(work: Work): Promise<void>;
}

export function createHandIn(floor: Floor, key: string): HandIn {
  /** As a program does: gets a token, and answers with nothing but that. */
  async function callBack(work: Work, json: object): Promise<Answer> {
    const made = await act(floor, key, at(work, 'callback'), {});
    if (!made.ok) return made;
    const { path } = tokenShape.parse(made.body);
    return act(floor, undefined, path.replace(/^\/v1/, ''), json);
  }

  async function carryOut(work: Work, { path, json, instead }: Command): Promise<Answer> {
    if (path === 'callback') return callBack(work, json);
    const answer = await act(floor, key, at(work, path), json);
    return !answer.ok && answer.code === instead?.code ? act(floor, key, at(work, path), instead.json) : answer;
  }

  /** Work that can't be handed in goes back, or nobody would get it before the end of its lease. */
  async function giveBack(work: Work, answer: Answer & { ok: false }): Promise<void> {
    if (answer.code === 'FORM_INVALID') throw refused(`the rehearsal can't fill in the form of "${work.node}"`, answer);
    await act(floor, key, at(work, 'release'), {});
  }

  async function handIn(work: Work, command: Command): Promise<boolean> {
    const answer = await carryOut(work, command);
    if (!answer.ok) await giveBack(work, answer);
    return answer.ok;
  }

  return {
    handIn,
    async thinkAgain(work) {
      const recalled = await act(floor, key, at(work, 'recall'), {});
      if (!recalled.ok) return;
      const { nodeInstanceId } = recalledShape.parse(recalled.body);
      const field = answerField(work.form);
      const values = valuesFor(work.form, field, floor.labels.right(field, taskOf(floor, work)));
      await handIn({ ...work, nodeInstanceId }, { path: 'submit', json: { values } });
    },
  };
}
