// Restarts parts that end although nobody asked them to, unless they keep on ending.
import { setTimeout as pause } from 'node:timers/promises';
import type { PartExit } from './stack.js';

interface KeepRunning {
  say: (line: string) => void;
  /** Called once, when restarting has become pointless. */
  giveUp: (reason: string) => void;
  isStopping: () => boolean;
}

const tooManyDeaths = 5;
const withinMs = 60_000;
const firstPauseMs = 500;

export function keepRunning({ say, giveUp, isStopping }: KeepRunning): (exit: PartExit) => void {
  let deaths: number[] = [];

  async function revive(exit: PartExit): Promise<void> {
    if (isStopping()) return;
    const now = Date.now();
    deaths = [...deaths.filter((at) => at > now - withinMs), now];
    if (deaths.length >= tooManyDeaths) {
      giveUp(`${exit.name} ${exit.how}; ${deaths.length} ends within a minute are too many to go on.`);
      return;
    }
    say(`${exit.name.padEnd(10)} ${exit.how}; restarting …`);
    await pause(firstPauseMs * 2 ** (deaths.length - 1));
    if (isStopping()) return;
    try {
      await exit.restart();
      say(`${exit.name.padEnd(10)} ready again`);
    } catch (error) {
      await revive({ ...exit, how: error instanceof Error ? error.message : String(error) });
    }
  }

  return (exit) => void revive(exit);
}
