// One block per folder holds all of that folder's bans: flat config replaces a rule's options, it does not merge them.
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

const ids = 'Workflow ids are built in core/ids.ts only.';
const inlineIds = [
  { selector: 'TemplateLiteral > TemplateElement:first-child[value.raw=/^(cycle|rework):/]', message: ids },
  { selector: "BinaryExpression[operator='+'] > Literal[value=/^(cycle|rework):/]", message: ids },
];
const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only config.ts reads the environment.',
};
const randomness = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'No randomness here.',
};
const clock = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Time arrives as data.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time arrives as data.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Time arrives as data.' },
];
const asyncFunctions = { selector: ':function[async=true]', message: 'core/ waits for nothing.' };
const asyncMessages = [
  {
    selector: "CallExpression[callee.name='setHandler'] Property[key.name='validator'] > :function[async=true]",
    message: 'An update validator is synchronous: what it awaits is not replayed.',
  },
  {
    selector: "CallExpression[callee.name='condition'] > :function[async=true]",
    message: 'A condition is synchronous: a promise is always true.',
  },
];
const dynamicImports = { selector: 'ImportExpression', message: 'The workflow bundle is whole: no dynamic import().' };
// All workflows of a worker thread share one copy of core/ and workflows/.
const shared = 'Nothing is kept between calls: all workflows of a thread share this module.';
const inModule = ['Program > VariableDeclaration', 'Program > ExportNamedDeclaration > VariableDeclaration'];
const moduleState = [
  '[kind="let"]',
  ' > VariableDeclarator > NewExpression[callee.name=/^(Map|WeakMap|WeakSet|Array)$/]',
  ' > VariableDeclarator:not([id.typeAnnotation.typeAnnotation.typeName.name="ReadonlySet"]) > NewExpression[callee.name="Set"]',
  ' > VariableDeclarator > ArrayExpression[elements.length=0]',
  ' > VariableDeclarator > ObjectExpression[properties.length=0]',
].map((kept) => ({ selector: inModule.map((place) => place + kept).join(', '), message: shared }));
const globalsOf = (...names) => names.map((name) => ({ name, message: 'Not here: it takes its world as data.' }));

export default tseslint.config(
  { ignores: ['node_modules/', '.taskloom/', 'dist/', 'coverage/', 'db/migrations/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Eased, as they cost noise and find nothing here: a number in a template is no mistake; what is left out of an object
      // on purpose is unused; `while (true)` says what it does; objects are closures, none uses `this`; and an exhaustive
      // switch counts as one branch (`modified` below).
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', { max: 12, variant: 'modified' }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...inlineIds, environment],
    },
  },
  {
    files: ['core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...globalsOf('console', 'process', 'performance', 'fetch', 'crypto', 'queueMicrotask'),
        ...globalsOf('setTimeout', 'setInterval', 'setImmediate', 'globalThis', 'global', 'Buffer'),
      ],
      'no-restricted-syntax': [
        'error',
        ...inlineIds,
        environment,
        randomness,
        ...clock,
        asyncFunctions,
        dynamicImports,
        ...moduleState,
      ],
    },
  },
  {
    files: ['core/ids.ts'],
    rules: { 'no-restricted-syntax': ['error', randomness, ...clock, asyncFunctions, dynamicImports, ...moduleState] },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...globalsOf('console', 'process', 'performance', 'fetch', 'crypto', 'Buffer', 'require'),
        ...globalsOf('setTimeout', 'setInterval', 'setImmediate'),
      ],
      'no-restricted-imports': ['error', { paths: builtinModules, patterns: ['node:*'] }],
      'no-restricted-syntax': [
        'error',
        ...inlineIds,
        environment,
        randomness,
        dynamicImports,
        ...moduleState,
        ...asyncMessages,
      ],
    },
  },
  // The stack and what runs on it hand environments to child processes.
  {
    files: ['config.ts', 'stack/**', 'drizzle.config.ts', 'vitest.config.ts'],
    rules: { 'no-restricted-syntax': ['error', ...inlineIds] },
  },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': 'off',
    },
  },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
