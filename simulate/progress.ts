// Shows how far a rehearsal is: on a terminal one line that is written over, elsewhere a line every few seconds.
import type { Counts } from './counts.js';
import type { Meter } from './meter.js';

const everyMs = { terminal: 500, elsewhere: 5_000 };
const barWidth = 24;

export interface Progress {
  stop(): void;
}

/** For tests and callers that want to hear nothing. */
export const silent = { isTTY: false, write: (): boolean => true };

export interface Screen {
  isTTY?: boolean | undefined;
  write(text: string): boolean;
}

export interface Shown {
  tasks: number;
  /** Actions in all, where that is known. */
  expected: number | undefined;
  meter: Pick<Meter, 'actions'>;
  count: () => Promise<Counts>;
}

export function lineOf({ statuses }: Counts, { tasks: known, expected, meter }: Shown, seconds: number): string {
  const of = (status: string): number => statuses[status] ?? 0;
  // Seeders and triggers bring more than were there at the beginning.
  const tasks = Math.max(
    known,
    Object.values(statuses).reduce((sum, count) => sum + count, 0),
  );
  const done = of('finished') + of('escalated') + of('quarantined') + of('failed');
  const part = expected === undefined ? done / Math.max(1, tasks) : meter.actions / Math.max(1, expected);
  const bar = '='.repeat(Math.round(barWidth * Math.min(1, part))).padEnd(barWidth);
  const held = `${of('escalated')} escalated, ${of('quarantined')} quarantined`;
  const rate = seconds === 0 ? 0 : Math.round(meter.actions / seconds);
  return `[${bar}] ${of('finished')} of ${tasks} finished, ${held}, ${meter.actions} actions, ${rate}/s`;
}

export function showProgress(screen: Screen, shown: Shown): Progress {
  const terminal = screen.isTTY === true;
  const began = performance.now();
  let asking = false;
  let stopped = false;
  const show = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      const line = lineOf(await shown.count(), shown, (performance.now() - began) / 1_000);
      if (!stopped) screen.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
    } catch {
      // The rehearsal itself finds out what is wrong with the server.
    }
    asking = false;
  };
  const timer = setInterval(() => void show(), terminal ? everyMs.terminal : everyMs.elsewhere);
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      if (terminal) screen.write('\r\u001b[K');
    },
  };
}
