// What the parts of a stack called an error.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const mostOfEach = 20;
const longest = 1_500;

export function errorLines(folder: string): string[] {
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((text) => /"level":[56]0|TMPRL|Error/.test(text))
      .slice(0, mostOfEach)
      .map((text) => `${file}: ${text.slice(0, longest)}`),
  );
}
