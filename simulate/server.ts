// The server to rehearse on: the one that is named, or a stack of our own that lives as long as the rehearsal.
import { randomBytes } from 'node:crypto';
import { bringUp } from '../stack/stack.js';
import type { TemporalPlace } from './histories.js';
import type { ModelScript } from './model-server.js';
import { startModelServer } from './model-server.js';
import { modelsAt } from './models.js';
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
  /** What the models say that a stack of our own asks. */
  models?: ModelScript | undefined;
  signal: AbortSignal;
  say: (line: string) => void;
}

const namespace = 'taskloom';

export async function serverFor({ url, key, models, signal, say }: ServerOptions): Promise<Server> {
  if (url !== undefined) {
    if (models) throw new InputProblem('--models is for a stack of its own: a running server has models already');
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
  const standIn = models && (await startModelServer(models));
  const env = standIn ? { TASKLOOM_MODELS: modelsAt(standIn.url) } : {};
  const stack = await bringUp({ namespace, operatorKey, env, say, signal, onExit }).catch(async (error: unknown) => {
    await standIn?.stop();
    throw error;
  });
  const temporal = { address: stack.temporal.address, namespace: stack.temporal.namespace };
  const stop = async (): Promise<void> => {
    await stack.stop();
    await standIn?.stop();
  };
  return { url: stack.apiUrl, key: operatorKey, temporal, stop };
}
