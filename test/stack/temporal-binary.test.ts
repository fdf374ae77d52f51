import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type * as binary from '../../stack/temporal-binary.js';
import { aFolder, timeout } from './fixtures/scene.js';
import { stub } from './fixtures/stub.js';

const program = 'temporal';
const usable = "echo '--sqlite-pragma --search-attribute --dynamic-config-value'";
const tooOld = "echo '--db-filename'";
const noDownload = "throw new Error('Failed to start ephemeral server: its host is closed to us');";

describe('The Temporal CLI', { timeout }, () => {
  test('is the one on PATH, where that has what is needed', async () => {
    const scene = await aScene();
    const own = stub(scene.onPath, program, usable);
    stub(scene.cache, program, usable);

    expect(await scene.find()).toEqual({ path: own, source: 'CLI on PATH' });
    expect(scene.said).toEqual([]);
  });

  test('is the one in the cache, where the one on PATH is too old', async () => {
    const scene = await aScene();
    stub(scene.onPath, program, tooOld);
    const cached = stub(scene.cache, program, usable);

    expect(await scene.find()).toEqual({ path: cached, source: 'cached CLI' });
    expect(scene.said).toEqual([]);
  });

  test('is downloaded by the SDK where there is none, and found in the cache from then on', async () => {
    const scene = await aScene({ download: leaving(usable) });
    stub(scene.onPath, 'go', ...building(scene));

    expect(await scene.find()).toEqual({ path: scene.cached, source: 'CLI, now cached' });
    expect(readFileSync(scene.cached, 'utf8')).toContain('downloaded');
    expect(await scene.find()).toEqual({ path: scene.cached, source: 'cached CLI' });

    expect(existsSync(scene.goCalls)).toBe(false);
    expect(scene.said).toEqual([expect.stringContaining('looking for a download')]);
    expect(readdirSync(scene.cache)).toEqual([program]);
  });

  test.each([
    ['there is no download', noDownload],
    ['what was downloaded does not run here', leaving('exit 1')],
  ])('is built by Go where %s', async (_, download) => {
    const scene = await aScene({ download });
    stub(scene.onPath, 'go', ...building(scene));

    expect(await scene.find()).toEqual({ path: scene.cached, source: 'CLI, now cached' });

    expect(readFileSync(scene.cached, 'utf8')).toContain('built');
    const version = basename(scene.cache).replace('temporal-', '');
    expect(readFileSync(scene.goCalls, 'utf8')).toBe(
      `install -ldflags=-s -w github.com/temporalio/cli/cmd/temporal@v${version}\n`,
    );
    expect(scene.said).toEqual([expect.stringContaining('download'), expect.stringContaining('go install')]);
    expect(readdirSync(scene.cache)).toEqual([program]);
  });

  test.each([
    ['there is no Go', undefined, 'there is no go on PATH'],
    ['Go fails', ['echo "no such host" >&2', 'exit 1'], 'no such host'],
  ])('that cannot be had, as %s, is an error that says why, and what to do', async (_, go, reason) => {
    const scene = await aScene();
    stub(scene.onPath, program, tooOld);
    if (go !== undefined) stub(scene.onPath, 'go', ...go);

    const attempt = scene.find();

    await expect(attempt).rejects.toThrow(/could not download it \(its host is closed to us\)/);
    await expect(attempt).rejects.toThrow(`building it: ${reason}`);
    await expect(attempt).rejects.toThrow(
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS to a server of your own.',
    );
    expect(readdirSync(scene.cache)).toEqual([]);
  });

  test('is not looked for any further once nobody wants it', async () => {
    const scene = await aScene({ download: leaving(usable) });

    await expect(scene.find(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');

    expect(scene.said).toEqual([]);
  });
});

interface Scene {
  /** The only folder on PATH. */
  onPath: string;
  cache: string;
  /** Where the CLI is put. */
  cached: string;
  goCalls: string;
  said: string[];
  find(signal?: AbortSignal): Promise<binary.TemporalBinary>;
}

/** The real search, beside a script of ours in the place of the one that downloads. */
async function aScene({ download = noDownload } = {}): Promise<Scene> {
  const folder = aFolder();
  const real = fileURLToPath(new URL('../../stack/temporal-binary.ts', import.meta.url));
  const copy = join(folder, basename(real));
  copyFileSync(real, copy);
  writeFileSync(join(folder, 'temporal-download.mjs'), download);
  const onPath = join(folder, 'bin');
  mkdirSync(onPath);
  const { findTemporalBinary } = (await import(copy)) as typeof binary;
  vi.stubEnv('PATH', onPath);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const said: string[] = [];
  const version = /^const version = '(.*)';$/m.exec(readFileSync(copy, 'utf8'))?.[1] ?? '';
  const cache = join(folder, 'cache', 'taskloom', `temporal-${version}`);
  return {
    onPath,
    cache,
    cached: join(cache, program),
    goCalls: join(folder, 'go-calls'),
    said,
    find: (signal) => findTemporalBinary({ say: (line) => said.push(line), signal }),
  };
}

/** A download that leaves a CLI which does that. */
function leaving(does: string): string {
  return [
    "import { writeFileSync } from 'node:fs';",
    'const [folder, version] = process.argv.slice(2);',
    `writeFileSync(\`\${folder}/temporal-sdk-\${version}\`, ${JSON.stringify(`#!/bin/sh\n# downloaded\n${does}\n`)});`,
  ].join('\n');
}

/** A Go that notes what it is asked for, and leaves a CLI of its own. */
function building({ goCalls }: Scene): string[] {
  const made = `#!/bin/sh\\n# built\\n${usable.replaceAll("'", '')}\\n`;
  return [`echo "$*" >> ${goCalls}`, `printf '${made}' > "$GOBIN/temporal"`];
}
