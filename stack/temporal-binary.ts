// Finds the Temporal CLI, which holds the server: on PATH, in the user's cache, by download, or by building it.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface TemporalBinary {
  path: string;
  /** Where it was found, for the line that says so. */
  source: string;
}

interface Search {
  say: (line: string) => void;
  signal?: AbortSignal | undefined;
}

const version = '1.5.1';
const module = `github.com/temporalio/cli/cmd/temporal@v${version}`;
const program = platform() === 'win32' ? 'temporal.exe' : 'temporal';
const neededFlags = ['--sqlite-pragma', '--search-attribute', '--dynamic-config-value'];
const downloadStartsWithinMs = 20_000;
const progressEveryMs = 15_000;
const run = promisify(execFile);

export async function findTemporalBinary(search: Search): Promise<TemporalBinary> {
  const cached = join(cacheDir(), program);
  for (const path of [...onPath(program), cached]) {
    if (await isUsable(path)) return { path, source: path === cached ? 'cached CLI' : 'CLI on PATH' };
  }
  const ways = [downloadBySdk, buildWithGo];
  const failures: string[] = [];
  for (const way of ways) {
    search.signal?.throwIfAborted();
    const failure = await into(cached, (draftDir) => way(draftDir, search));
    if (failure === undefined && (await isUsable(cached))) return { path: cached, source: 'CLI, now cached' };
    failures.push(failure ?? 'what came of it does not run on this machine');
  }
  search.signal?.throwIfAborted();
  throw new Error(
    `Temporal: no CLI on PATH; the SDK could not download it (${failures[0] ?? ''}); building it: ${failures[1] ?? ''}. ` +
      `Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS to a server of your own.`,
  );
}

/** Shared by all clones of a user. */
function cacheDir(): string {
  const asked = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(asked) ? asked : join(homedir(), '.cache'), 'taskloom', `temporal-${version}`);
}

function onPath(name: string): string[] {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return dirs.map((dir) => join(dir, name)).filter((path) => existsSync(path));
}

/** Asked for the flags it needs rather than for its version: a build by Go does not know its own. */
async function isUsable(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    const { stdout } = await run(path, ['server', 'start-dev', '--help'], { timeout: 20_000 });
    return neededFlags.every((flag) => stdout.includes(flag));
  } catch {
    return false;
  }
}

type Way = (draftDir: string, search: Search) => Promise<string>;

/** Puts what `make` leaves in its folder in place at once, so that two clones may do this at the same time. */
async function into(target: string, make: (draftDir: string) => Promise<string>): Promise<string | undefined> {
  const parent = join(target, '..');
  mkdirSync(parent, { recursive: true });
  const draftDir = mkdtempSync(join(parent, 'new-'));
  try {
    const made = await make(draftDir);
    chmodSync(made, 0o755);
    renameSync(made, target);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(draftDir, { recursive: true, force: true });
  }
}

const downloadBySdk: Way = async (draftDir, { say, signal }) => {
  say(`Temporal: looking for a download of the CLI, version ${version} …`);
  const script = fileURLToPath(new URL('temporal-download.mjs', import.meta.url));
  const giveUp = new AbortController();
  // A network that drops packets would otherwise keep us here for minutes.
  const timer = setTimeout(() => {
    if (readdirSync(draftDir).length === 0) giveUp.abort();
  }, downloadStartsWithinMs);
  try {
    const either = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
    await run(process.execPath, [script, draftDir, version], { signal: either });
  } catch (error) {
    if (giveUp.signal.aborted) throw new Error('its host does not answer', { cause: error });
    const reason =
      /Error: (?:Failed to start ephemeral server: )?(.*)/.exec((error as { stderr?: string }).stderr ?? '')?.[1] ??
      'no reason given';
    throw new Error(shorten(reason), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  const [made] = readdirSync(draftDir).filter((name) => name.startsWith('temporal-'));
  if (made === undefined) throw new Error('it left no file');
  return join(draftDir, made);
};

const buildWithGo: Way = async (draftDir, { say, signal }) => {
  if (onPath('go').length === 0) throw new Error('there is no go on PATH');
  const began = Date.now();
  const progress = (): void => {
    say(`Temporal: building the CLI with go install, ${Math.round((Date.now() - began) / 1000)} s …`);
  };
  say('Temporal: building the CLI with go install; this takes about 3 minutes, once …');
  const timer = setInterval(progress, progressEveryMs);
  const env = { ...process.env, GOBIN: draftDir, GOFLAGS: '' };
  const child = spawn('go', ['install', '-ldflags=-s -w', module], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(shorten(output.trim().split('\n').at(-1) ?? 'go install failed')));
      });
    });
  } finally {
    clearInterval(timer);
  }
  return join(draftDir, program);
};

function shorten(reason: string): string {
  return reason.length > 160 ? `${reason.slice(0, 160)} …` : reason;
}
