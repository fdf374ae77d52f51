// Reads documents: their tables, headings, code and links.
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A file of the project, by its path from the root. */
export const pathOf = (file: string): URL => new URL(file, root);
export const read = (file: string): string => readFileSync(pathOf(file), 'utf8');

/** Every document, by its path from the root. */
export function documents(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(pathOf(folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}${file}`);
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...below('docs/')].sort();
}

const withoutFences = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** The cells of all table rows, without heads and rules. */
export function tableRows(text: string): string[][] {
  const lines = withoutFences(text).split('\n');
  return lines.flatMap((line, index) => {
    const isHead = /^\|[ :|-]+\|$/.test(lines[index + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[ :|-]+\|$/.test(line)) return [];
    const cells = line.slice(1, line.lastIndexOf('|')).split('|');
    return [cells.map((cell) => cell.trim())];
  });
}

/** The text below a heading, up to the next one of its level. */
export function section(text: string, heading: string): string {
  const [, rest] = text.split(new RegExp(`^## ${heading}$`, 'm'));
  if (rest === undefined) throw new Error(`there is no heading "${heading}"`);
  return rest.split(/^## /m)[0] ?? '';
}

/** What stands in backticks. */
export const codeSpans = (text: string): string[] =>
  [...withoutFences(text).matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

export const fencedBlocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, block]) =>
    name === language ? [block ?? ''] : [],
  );

/** Links to files of the project, as written. */
export const relativeLinks = (text: string): string[] =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
