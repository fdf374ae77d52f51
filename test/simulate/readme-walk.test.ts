// The walk of the README, run as it stands there.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';

const { apiUrl, operatorKey } = inject('stack');
const root = fileURLToPath(new URL('../..', import.meta.url));
const withinMs = 50_000;

/** The fenced block after the mark; the README has exactly one. */
function walkOf(text: string): string {
  const blocks = [...text.matchAll(/<!-- walk -->\s*```bash\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? '';
}

function run(script: string): Promise<{ code: number | null; output: string; errors: string }> {
  const env = { ...process.env, API: apiUrl, KEY: operatorKey };
  const strict = ['-euo', 'pipefail', '-c', script];
  const child = spawn('bash', strict, { cwd: root, env, timeout: withinMs, stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (heard.output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (heard.errors += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...heard });
    });
  });
}

it('ends with a finished task', async () => {
  const { code, output, errors } = await run(walkOf(readFileSync(`${root}/README.md`, 'utf8')));

  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output.trimEnd().split('\n').at(-1)).toBe('finished');
});
