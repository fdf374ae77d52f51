// All documents: what they name exists, and they keep their size.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeSpans, documents, pathOf, read, relativeLinks } from './markdown.js';

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** `npm start`, `npm test` and `npm run …`, in prose and in blocks. */
const commandsOf = (text: string): string[] =>
  [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, named, short]) => named ?? short ?? '');

/** Code that is a path: with a folder, or with the ending of a file. */
const isPath = (code: string): boolean =>
  /^[\w.@-]+(\/[\w.@-]+)*\/?$/.test(code) && (/^[a-z]+\//.test(code) || /\.(ts|mjs|cjs|json|md|yml)$/.test(code));

/** A path from the root, or a file beside one that the same paragraph names. */
function exists(code: string, paragraph: string): boolean {
  const folders = codeSpans(paragraph).filter((other) => /^[\w./-]+\/$/.test(other));
  return ['', ...folders].some((folder) => existsSync(pathOf(folder + code)));
}

describe('The documents', () => {
  test.each([
    ['README.md', 150],
    ['ARCHITECTURE.md', 250],
  ])('%s has at most %i lines', (file, most) => {
    expect(read(file).trimEnd().split('\n').length).toBeLessThanOrEqual(most);
  });

  test.each(documents())('%s names commands of package.json', (file) => {
    expect(commandsOf(read(file)).filter((command) => !Object.hasOwn(scripts, command))).toEqual([]);
  });

  test.each(documents())('%s links to what is there', (file) => {
    const dead = relativeLinks(read(file)).filter((link) => {
      const [path = ''] = link.split('#');
      return path !== '' && !existsSync(new URL(path, pathOf(file)));
    });

    expect(dead).toEqual([]);
  });

  test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names files that are there', (file) => {
    const missing = read(file)
      .split(/\n\s*\n/)
      .flatMap((paragraph) => codeSpans(paragraph).filter((code) => isPath(code) && !exists(code, paragraph)));

    expect(missing).toEqual([]);
  });

  test('ARCHITECTURE.md names functions that are there', () => {
    const functions = codeSpans(read('ARCHITECTURE.md')).filter((code) => /^[a-z]+[A-Z]\w+$/.test(code));
    const sources = [...new Set(codeSpans(read('ARCHITECTURE.md')))]
      .filter((code) => /^[\w/.-]+\.ts$/.test(code) && existsSync(pathOf(code)))
      .map(read)
      .join('\n');

    expect(functions.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  });
});
