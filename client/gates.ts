// Bounds how much is under way to one workflow at a time.
import { commandsInFlight, commandsQueued } from '../core/limits.js';

/** A queue per workflow: so many in flight, so many waiting, no more. */
export function createGates() {
  const gates = new Map<string, { running: number; waiting: (() => void)[] }>();
  return async function through<T>(id: string, work: () => Promise<T>): Promise<T | 'busy'> {
    const gate = gates.get(id) ?? { running: 0, waiting: [] };
    gates.set(id, gate);
    if (gate.running >= commandsInFlight) {
      if (gate.waiting.length >= commandsQueued) return 'busy';
      await new Promise<void>((resolve) => gate.waiting.push(resolve));
    } else gate.running += 1;
    try {
      return await work();
    } finally {
      const next = gate.waiting.shift();
      if (next) next();
      else if ((gate.running -= 1) === 0) gates.delete(id);
    }
  };
}
