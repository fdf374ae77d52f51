import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { aFolder, timeout } from './fixtures/scene.js';
import { stub } from './fixtures/stub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bootstrap = join(root, 'stack/bootstrap.mjs');

describe('The bootstrap', { timeout }, () => {
  test('refuses a Node that is too old, and says which one is needed', () => {
    const env = { ...process.env, TASKLOOM_NODE_VERSION: '18.20.0' };

    const { status, stderr } = spawnSync(process.execPath, [bootstrap, 'nothing.ts'], { env, encoding: 'utf8' });

    expect(status).toBe(1);
    expect(stderr).toContain('Taskloom needs Node 20.19.0 or newer; this is Node 18.20.0.');
  });

  test('passes on the exit code of what it runs', () => {
    const { status } = spawnSync(process.execPath, [bootstrap, 'test/stack/fixtures/failing.ts'], { encoding: 'utf8' });

    expect(status).toBe(3);
  });
});

describe('The bootstrap on a fresh clone', { timeout }, () => {
  test('installs what the lock file says, once, and goes on', async () => {
    const clone = aFreshClone(installing);

    const first = await clone.run();
    const second = await clone.run();

    expect(first).toMatchObject({
      code: 0,
      said: expect.stringMatching(/installing …\n.*installed in.*\nhello\n$/s) as string,
    });
    expect(second).toEqual({ code: 0, said: 'hello\n' });
    expect(clone.calls()).toEqual([expect.stringMatching(/^ci .*--include=dev --include=optional/)]);
  });

  test('installs again once the lock file is newer than what is installed', async () => {
    const clone = aFreshClone(installing);
    await clone.run();

    writeFileSync(join(clone.folder, 'package-lock.json'), '{}');
    utimesSync(join(clone.folder, 'package-lock.json'), inAMinute(), inAMinute());

    expect((await clone.run()).code).toBe(0);
    expect(clone.calls()).toHaveLength(2);
  });

  test('installs without the lock file where npm refuses that', async () => {
    const clone = aFreshClone('if [ "$1" = ci ]; then echo "not in sync" >&2; exit 1; fi', installing);

    const { code, said } = await clone.run();

    expect(code).toBe(0);
    expect(said).toMatch(/hello\n$/);
    // What is no reason to stop would only alarm.
    expect(said).not.toContain('not in sync');
    expect(clone.calls()).toEqual([expect.stringMatching(/^ci /), expect.stringMatching(/^install .*--no-save$/)]);
  });

  test('gives up with the reasons of npm where nothing can be installed, and leaves the way free for another try', async () => {
    const clone = aFreshClone('echo "no registry for $1" >&2', 'exit 1');

    const { code, said } = await clone.run();

    expect(code).toBe(1);
    expect(said).toContain('no registry for install');
    expect(said).toContain('Dependencies: npm could not install them (its reasons are above).');
    expect(said).not.toContain('hello');
    expect(existsSync(clone.lock)).toBe(false);
  });

  test('installs once for two that begin at the same time', async () => {
    // npm takes long enough for the other one to come upon it.
    const clone = aFreshClone('sleep 1', installing);

    const both = await Promise.all([clone.run(), clone.run()]);

    for (const { code, said } of both) expect([code, said.endsWith('hello\n')]).toEqual([0, true]);
    expect(both.filter(({ said }) => said.includes('installing'))).toHaveLength(1);
    expect(clone.calls()).toHaveLength(1);
  });

  test('does not wait for one that was killed while it installed', async () => {
    const clone = aFreshClone(installing);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    mkdirSync(join(clone.folder, '.taskloom'));
    writeFileSync(clone.lock, String(pid));

    expect((await clone.run()).code).toBe(0);

    expect(clone.calls()).toHaveLength(1);
    expect(existsSync(clone.lock)).toBe(false);
  });
});

/** As npm leaves it: a program to run, and its own list of what is installed. */
const installing = [
  'mkdir -p node_modules/hello',
  `echo '{"bin":"hello.cjs"}' > node_modules/hello/package.json`,
  `echo 'console.log("hello")' > node_modules/hello/hello.cjs`,
  'touch node_modules/.package-lock.json',
].join('\n');

/** Nothing is installed; in the place of npm there is a script that does what is given. */
function aFreshClone(...npm: string[]) {
  const folder = aFolder();
  for (const file of ['stack/bootstrap.mjs', 'package.json', 'package-lock.json'])
    cpSync(join(root, file), join(folder, file));
  const stubs = join(folder, 'stubs');
  const noted = join(folder, 'calls');
  stub(stubs, 'npm', `echo "$*" >> ${noted}`, ...npm);
  const PATH = [stubs, process.env['PATH'] ?? ''].join(delimiter);
  return {
    folder,
    lock: join(folder, '.taskloom', 'installing'),
    calls: () => readFileSync(noted, 'utf8').trimEnd().split('\n'),
    run: async () => {
      const child = spawn(process.execPath, [join(folder, 'stack/bootstrap.mjs'), 'bin:hello'], {
        env: { ...process.env, PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, said };
    },
  };
}

function inAMinute(): Date {
  return new Date(Date.now() + 60_000);
}
