// A database cluster on disk: its password, its first initialisation, and who serves it now.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { commandOf } from './running-process.js';
import type { PostgresPlace } from './postgres-place.js';

const run = promisify(execFile);
export const superuser = 'taskloom';

export function passwordFile(dataDir: string): string {
  return `${dataDir}.password`;
}

/** Reads the cluster's password; makes it up for a cluster that does not exist yet. */
export function passwordOf(dataDir: string, place: PostgresPlace): string {
  const path = passwordFile(dataDir);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (isInitialised(place)) {
    throw new Error(
      `Postgres: there are data in ${dataDir}, but their password in ${path} is gone. Put that file back, or remove ` +
        `${dirname(dataDir)} to start with an empty database.`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

export function isInitialised(place: PostgresPlace): boolean {
  return existsSync(join(place.data, 'PG_VERSION'));
}

/** Made aside and then renamed, so that an interrupted initialisation leaves nothing half done. */
export async function initialise(place: PostgresPlace, password: string, durable: boolean): Promise<void> {
  const draft = `${place.data}.new`;
  const secret = `${place.data}.secret`;
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(secret, password, { mode: 0o600 });
  if (place.runAs) chownSync(secret, place.runAs.uid, place.runAs.gid);
  const options = [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await run(join(place.binaries, 'bin', 'initdb'), options, {
      cwd: dirname(place.data),
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      ...place.runAs,
    });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr ?? String(error);
    throw new Error(`Postgres: the database could not be initialised.\n${output.trim()}`, { cause: error });
  } finally {
    rmSync(secret, { force: true });
  }
  if (existsSync(place.data)) rmdirSync(place.data);
  renameSync(draft, place.data);
}

/** The process that serves exactly this cluster, if one does; the lock file of one that was killed is removed. */
export function serverOf(place: PostgresPlace): { pid: number; port: number } | undefined {
  const lock = join(place.data, 'postmaster.pid');
  if (!existsSync(lock)) return undefined;
  const [pid, , , port] = readFileSync(lock, 'utf8').split('\n').map(Number);
  if (pid !== undefined && port !== undefined && isServerOf(pid, place)) return { pid, port };
  // Postgres itself would go by the number alone, which may be another process's by now.
  unlinkSync(lock);
  return undefined;
}

function isServerOf(pid: number, place: PostgresPlace): boolean {
  const command = commandOf(pid) ?? '';
  return command.includes('postgres') && command.includes(` -D ${place.data} `);
}
