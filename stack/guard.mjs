// Keeps a server from outliving the process that asked for it, whatever way that process went. The asker holds the other
// end of stdin: "stop" is a request, end of file without it means that the asker is gone.
//
//   node guard.mjs [--uid N --gid N] [--remove dir]… SIGNAL -- command args…    runs the server
//   node guard.mjs [--remove dir]… --watch PID SIGNAL                           watches one that runs already
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';

const graceMs = 10_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    uid: { type: 'string' },
    gid: { type: 'string' },
    watch: { type: 'string' },
    remove: { type: 'string', multiple: true, default: [] },
  },
});
const [signal, command, ...args] = positionals;
let isAskerGone = false;
let isStopping = false;

const pid = values.watch === undefined ? run() : watch(Number(values.watch));
process.stdout.on('error', () => {});
process.stdout.write(`${pid}\n`);

let heard = '';
process.stdin.on('data', (chunk) => {
  heard += chunk;
  if (heard.includes('stop\n')) stop();
});
for (const end of ['end', 'error', 'close']) {
  process.stdin.on(end, () => {
    isAskerGone ||= !heard.includes('stop\n');
    stop();
  });
}
for (const request of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(request, stop);

function run() {
  const identity = values.uid === undefined ? {} : { uid: Number(values.uid), gid: Number(values.gid) };
  const child = spawn(command, args, { stdio: ['ignore', 2, 2], ...identity });
  child.on('error', (error) => {
    console.error(`cannot run ${command}: ${error.message}`);
    leave(1);
  });
  child.on('exit', (code, by) => leave(code ?? (by === 'SIGKILL' ? 137 : 1)));
  return child.pid ?? 0;
}

function watch(watched) {
  setInterval(() => {
    if (!isAlive(watched)) leave(0);
  }, 100);
  return watched;
}

function stop() {
  if (isStopping) return;
  isStopping = true;
  send(signal);
  setTimeout(() => send('SIGKILL'), graceMs);
}

function send(what) {
  try {
    process.kill(pid, what);
  } catch {
    // Gone already: its exit is what ends the guard.
  }
}

function leave(code) {
  if (isAskerGone) {
    for (const dir of values.remove) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(code);
}

function isAlive(watched) {
  try {
    process.kill(watched, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  // A process nobody reaps still takes signals, but has no command line left.
  return process.platform !== 'linux' || readFileSync(`/proc/${watched}/cmdline`).length > 0;
}
