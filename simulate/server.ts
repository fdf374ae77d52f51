// The server to rehearse on: the one that is named, or a stack of our own that lives as long as the rehearsal.
import { randomBytes } from 'node:crypto';
import { bringUp } from '../stack/stack.js';
import type { TemporalPlace } from './histories.js';
import { InputProblem } from './problems.js';

export interface Server {
  url: string;
  /** Of an admin, or the operator's. */
  key: string;
  /** Known of our own only. */
  temporal: TemporalPlace | undefined;
  stop(): Promise<void>;
}

export interface ServerOptions {
  url: string | undefined;
  key: string | undefined;
  signal: AbortSignal;
  say: (line: string) => void;
}

const namespace = 'taskloom';

export async function serverFor({ url, key, signal, say }: ServerOptions): Promise<Server> {
  if (url !== undefined) {
    if (key === undefined) throw new InputProblem('--url needs --key: an API key of an admin, or the operator key');
    return { url, key, temporal: undefined, stop: () => Promise.resolve() };
  }
  const operatorKey = randomBytes(24).toString('base64url');
  const onExit = ({ name, how, restart }: { name: string; how: string; restart(): Promise<void> }): void => {
    if (signal.aborted) return;
    say(`${name} ${how}; starting it again`);
    restart().catch((error: unknown) => {
      say(`${name} does not start again: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const stack = await bringUp({ namespace, operatorKey, say, signal, onExit });
  const temporal = { address: stack.temporal.address, namespace: stack.temporal.namespace };
  return { url: stack.apiUrl, key: operatorKey, temporal, stop: () => stack.stop() };
}
