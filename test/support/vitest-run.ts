// Runs one test file in a process of its own, with an environment that differs, and says how each of its tests ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface TestOutcome {
  name: string;
  passed: boolean;
  /** The first line of why not. */
  why: string;
}

interface VitestReport {
  testResults: {
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const firstLine = (text: string | undefined): string => text?.split('\n')[0] ?? '';

export async function runTestFile(
  file: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<TestOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'taskloom-vitest-'));
  const report = join(folder, 'report.json');
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  try {
    const args = [program, 'run', '--project', 'timed', file, '--reporter=default', '--reporter=json'];
    const child = spawn(process.execPath, [...args, `--outputFile.json=${report}`], {
      cwd: root,
      env: { ...process.env, ...env },
      // Its own output goes to people: the last line of ours belongs to the figures.
      stdio: ['ignore', process.stderr, process.stderr],
      signal,
      killSignal: 'SIGTERM',
    });
    await once(child, 'exit');
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    return testResults.flatMap(({ message, assertionResults }) =>
      assertionResults.length === 0
        ? [{ name: file, passed: false, why: firstLine(message) }]
        : assertionResults.map(({ fullName, status, failureMessages }) => ({
            name: fullName,
            passed: status === 'passed',
            why: firstLine(failureMessages[0]),
          })),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
