// First thing run on a fresh clone, before anything is installed: needs Node and npm only.
//
//   node stack/bootstrap.mjs <entry.ts> [args…]      runs a TypeScript entry
//   node stack/bootstrap.mjs bin:<package> [args…]   runs a package's program, e.g. bin:vitest
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const oldestNode = '20.19.0';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);

refuseOldNode(process.env.TASKLOOM_NODE_VERSION ?? process.versions.node);
await install();
run();

function refuseOldNode(version) {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `Taskloom needs Node ${oldestNode} or newer; this is Node ${version}. Install a newer one from https://nodejs.org.`,
  );
}

async function install() {
  if (isInstalled()) return;
  const release = await installLock();
  try {
    if (isInstalled()) return;
    console.log('Dependencies: installing …');
    const began = Date.now();
    // A registry that lacks some other platform's optional package makes `npm ci` refuse the lock file; `npm install` copes.
    const status = npm('ci', 'pipe') === 0 ? 0 : npm('install', 'inherit', '--no-save');
    if (status !== 0) {
      release();
      fail('Dependencies: npm could not install them (its reasons are above). Put that right and start again.');
    }
    console.log(`Dependencies: installed in ${Math.round((Date.now() - began) / 1000)} s.`);
  } finally {
    release();
  }
}

function npm(command, stderr, ...more) {
  // Everything is needed here, also where NODE_ENV=production would leave the tools out.
  const options = ['--no-audit', '--no-fund', '--include=dev', '--include=optional', '--loglevel=error', ...more];
  const shell = process.platform === 'win32';
  return spawnSync('npm', [command, ...options], { cwd: root, stdio: ['ignore', 'ignore', stderr], shell }).status;
}

function isInstalled() {
  const installed = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  const wanted = statSync(join(root, 'package-lock.json'), { throwIfNoEntry: false });
  return installed !== undefined && (wanted === undefined || installed.mtimeMs >= wanted.mtimeMs);
}

/** `npm start` and `npm test` may be the first commands on a clone at the same time. */
async function installLock() {
  const dir = join(root, '.taskloom');
  const lock = join(dir, 'installing');
  mkdirSync(dir, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
    await pause(200);
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run() {
  if (entry === undefined) fail('Usage: node stack/bootstrap.mjs <entry.ts | bin:package> [args…]');
  const isProgram = entry.startsWith('bin:');
  const command = isProgram ? [programOf(entry.slice('bin:'.length))] : ['--import', 'tsx', resolve(root, entry)];
  // The channel tells the entry when we are gone, even by kill -9.
  const stdio = ['inherit', 'inherit', 'inherit', ...(isProgram ? [] : ['ipc'])];
  const child = spawn(process.execPath, [...command, ...args], { cwd: root, stdio });
  child.on('error', (error) => fail(`Cannot run ${entry}: ${error.message}`));
  // We stay until the child has cleaned up. A terminal sends Ctrl-C to the child as well, so it is not sent on twice.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function programOf(name) {
  const dir = join(root, 'node_modules', name);
  if (!existsSync(join(dir, 'package.json'))) fail(`The package ${name} is not installed. Run "npm ci".`);
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const program = typeof bin === 'string' ? bin : bin?.[name];
  if (program === undefined) fail(`The package ${name} has no program.`);
  return join(dir, program);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
