// Which folder may import what (docs: ARCHITECTURE.md). Type-only imports are no edges here: `tsPreCompilationDeps` stays off, so
// that a workflow may name the types of its activities; the linter's consistent-type-imports guards that half.
const npm = (...names) => `node_modules/(${names.join('|')})/`;
/** May import these and nothing else. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from,
  to: { pathNot: allowed },
});
const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

const tools = '^(stack|test|bench|simulate|proof)/';

module.exports = {
  forbidden: [
    only('core-imports-only-core', { path: '^core/' }, ['^core/'], 'core/ is pure: no npm, no Node, no I/O'),
    only(
      'workflows-import-core-and-the-sdk',
      { path: '^workflows/' },
      ['^core/', '^workflows/', npm('@temporalio/workflow', '@temporalio/common')],
      'what a workflow imports is in the sandboxed bundle, and is replayed',
    ),
    never(
      'workflows-never-reach-the-world',
      { path: '^workflows/' },
      { path: ['^(db|api|activities|runtime)/', '^(client|config|worker)\\.ts$', npm('zod', 'pg')], reachable: true },
      'not over a detour either',
    ),
    only(
      'activities-carry-to-the-database',
      { path: '^activities/' },
      [
        '^activities/',
        '^core/',
        '^db/',
        '^(language|functions)/',
        '^lanes\\.ts$',
        npm('@temporalio/activity', 'openai'),
        '^(node:)?(crypto|timers/promises)$',
      ],
      'the client is handed in by worker.ts',
    ),
    only(
      'db-imports-nothing-above-it',
      { path: '^db/' },
      ['^db/', '^core/', npm('drizzle-orm', 'pg'), '^(node:)?(url|path|fs|fs/promises)$'],
      'Postgres, and the words of core/',
    ),
    only(
      'language-reads-definitions',
      { path: '^language/' },
      [
        '^language/',
        '^core/',
        '^db/queries/pipelines\\.ts$',
        npm('ajv', 'ajv-formats', '@marcbachmann/cel-js', 'zod'),
        '^(node:)?crypto$',
      ],
      'forms, expressions and versions: what the API and the activities both need to read a pipeline',
    ),
    never('queries-never-write', { path: '^db/queries/' }, { path: '^db/(writes|staging)/' }, 'a query only reads'),
    only(
      'client-knows-messages-only',
      { path: '^client(/|\\.ts$)' },
      [
        '^core/',
        '^client/',
        '^workflows/messages\\.ts$',
        npm('@temporalio/client', '@temporalio/common', '@temporalio/envconfig'),
      ],
      'no database, no HTTP, no activities',
    ),
    never(
      'api-reads-and-stages',
      { path: '^api/', pathNot: '^api/server\\.ts$' },
      {
        path: [
          '^(workflows|activities|runtime)/',
          '^(config|worker)\\.ts$',
          '^db/',
          npm('@temporalio/[^/]+', 'drizzle-orm', 'pg'),
        ],
        pathNot: [
          '^db/(queries|staging)/',
          '^db/(connection|migrate)\\.ts$',
          '^db/writes/(projects|members|pipelines|node-settings|pipeline-migrations|pauses|seeders|triggers)\\.ts$',
        ],
      },
      'the API never writes what a cycle owns, and talks to Temporal by client.ts',
    ),
    never(
      'routes-import-no-routes',
      { path: '^api/routes/' },
      { path: '^api/routes/' },
      'what several of them need has a file of its own in api/',
    ),
    never(
      'only-the-client-talks-to-temporal',
      { pathNot: ['^client\\.ts$', '^(client|runtime|stack|test|bench)/'] },
      { path: npm('@temporalio/client') },
      'one typed function per command and query, in client.ts',
    ),
    never(
      'product-without-its-tools',
      { path: ['^(core|workflows|activities|db|api|runtime)/', '^(client|config|worker)\\.ts$'] },
      { path: tools },
      'what runs in production does not need the stack, tests or benchmarks',
    ),
    never('no-circular', {}, { circular: true }, 'a circle has no reading order'),
    never('not-resolvable', {}, { couldNotResolve: true }, 'not installed, or misspelt'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^\\.taskloom/', '^dist/', '^coverage/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: false,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
