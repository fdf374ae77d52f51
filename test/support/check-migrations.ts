// Fails when the schema says something that no migration does.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const copy = mkdtempSync(join(tmpdir(), 'taskloom-migrations-'));
try {
  cpSync('db/migrations', copy, { recursive: true });
  const before = readdirSync(copy).length;
  const options = ['generate', '--dialect', 'postgresql', '--schema', './db/schema/*.ts', '--out', copy];
  execFileSync(process.execPath, ['node_modules/drizzle-kit/bin.cjs', ...options], { stdio: 'pipe' });
  if (readdirSync(copy).length !== before) {
    console.error('The schema has changed. Run "npm run migrations:generate" and commit what it writes.');
    process.exitCode = 1;
  } else console.log('Migrations are up to date with the schema.');
} finally {
  rmSync(copy, { recursive: true, force: true });
}
