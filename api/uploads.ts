// Uploads that are taken whole or not at all hold a connection for as long as their sender takes: only a few of them at once, so that
// enough connections are left for everybody else.
import { Refusal } from './problem.js';

const atOnce = 4;

export type Uploads = <T>(upload: () => Promise<T>) => Promise<T>;

export function createUploads(): Uploads {
  let held = 0;
  return async (upload) => {
    if (held >= atOnce) throw new Refusal('UNAVAILABLE', `${String(atOnce)} such uploads are under way here already`);
    held += 1;
    try {
      return await upload();
    } finally {
      held -= 1;
    }
  };
}
