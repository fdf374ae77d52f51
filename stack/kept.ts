// Small things kept in the data folder from one start to the next.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack, StackPorts } from './stack.js';

/** Made up once; only the user who starts Taskloom can read it. */
export function keptOperatorKey(dataDir: string): string {
  const path = join(dataDir, 'operator-key');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const key = `tlo_${randomBytes(24).toString('base64url')}`;
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}

export function keptPorts(dataDir: string, preferred: StackPorts): StackPorts {
  const path = join(dataDir, 'ports.json');
  if (!existsSync(path)) return preferred;
  try {
    return { ...preferred, ...(JSON.parse(readFileSync(path, 'utf8')) as StackPorts) };
  } catch {
    return preferred;
  }
}

export function keepPorts(dataDir: string, stack: Stack): void {
  const { postgres, temporal, apiUrl, uiUrl } = stack;
  const ports: StackPorts = {
    postgres: postgres.pid === undefined ? undefined : portOf(postgres.url),
    temporal: temporal.pid === undefined ? undefined : portOf(`http://${temporal.address}`),
    ui: uiUrl === undefined ? undefined : portOf(uiUrl),
    api: portOf(apiUrl),
  };
  writeFileSync(join(dataDir, 'ports.json'), `${JSON.stringify(ports, undefined, 2)}\n`);
}

function portOf(url: string): number | undefined {
  return URL.canParse(url) ? Number(new URL(url).port) || undefined : undefined;
}
