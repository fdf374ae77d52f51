import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { timeout } from './fixtures/scene.js';

const bootstrap = fileURLToPath(new URL('../../stack/bootstrap.mjs', import.meta.url));

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
