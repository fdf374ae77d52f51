import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandTypes } from '../../core/commands.js';
import { roles } from '../../core/roles.js';
import { codeSpans, pathOf, read } from './markdown.js';

/** Routes as the files register them; one template stands for every command. */
function registered(): string[] {
  return readdirSync(pathOf('api/routes/')).flatMap((file) => {
    const base = file === 'health.ts' ? '' : '/v1';
    const calls = [...read(`api/routes/${file}`).matchAll(/router\.(get|post|put|patch|delete)\(\s*['`]([^'`]+)['`]/g)];
    return calls.flatMap(([, method = '', path = '']) => {
      const shown = `${method.toUpperCase()} ${base}${path.replaceAll(/:(\w+)/g, '{$1}')}`;
      return shown.includes('${type}') ? commandTypes.map((type) => shown.replace('${type}', type)) : [shown];
    });
  });
}

const document = read('docs/api.md');

test('docs/api.md has every route that is registered, and no other', () => {
  const documented = [...document.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`/gm)].map(([, route]) => route);

  expect(documented.sort()).toEqual(registered().sort());
  expect(documented.length).toBeGreaterThan(30);
});

test('docs/api.md has every role', () => {
  expect(codeSpans(document)).toEqual(expect.arrayContaining([...roles]));
});
