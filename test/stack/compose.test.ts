import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../stack/ports.js';
import { findPostgresPackage } from '../../stack/postgres-binaries.js';
import { providePostgres } from '../../stack/postgres.js';
import { provideTemporal } from '../../stack/temporal.js';
import { waitUntil } from '../../stack/wait-until.js';
import { compose, composeText, entrypoint, exitOf, imageFolder, run } from './fixtures/image.js';
import { aFolder, removedAfterwards, silent } from './fixtures/scene.js';
import { stub } from './fixtures/stub.js';

const secrets = { POSTGRES_PASSWORD: 'p@ss/word', TASKLOOM_OPERATOR_KEY: 'the-operator-key-of-a-test' };
const { services } = compose(secrets);

describe('The compose file', () => {
  test('keeps to the schema of the compose specification', () => {
    // The specification's own schema, as the linter dclint ships it.
    const ships = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
    const schema = JSON.parse(readFileSync(join(ships, 'schemas/compose.schema.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const { $schema: _, ...rules } = schema;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(rules);

    expect(validate(compose(secrets)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ services: { api: { imgae: 'misspelt' } } })).toBe(false);
  });

  test.each(Object.keys(secrets))('has no default for the secret %s', (name) => {
    const others = Object.fromEntries(Object.entries(secrets).filter(([other]) => other !== name));

    expect(() => compose(others)).toThrow(name);
    expect(composeText).not.toContain(`${name}:-`);
  });

  test('publishes ports on the loopback address only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);

    expect(ports.length).toBeGreaterThan(3);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('waits for health where there is a health check, and for the end of what ends', () => {
    const waits = Object.values(services).flatMap(({ depends_on: on = {} }) => Object.entries(on));

    for (const [name, { condition }] of waits) {
      const { healthcheck, restart = '' } = services[name] ?? {};
      const ends = restart.startsWith('on-failure');
      expect(condition, name).toBe(ends ? 'service_completed_successfully' : 'service_healthy');
      if (!ends) expect(healthcheck, name).toBeDefined();
    }
    expect(services['worker']?.depends_on).toHaveProperty('migrate');
    expect(services['api']?.depends_on).toHaveProperty('migrate');
  });

  test('names versions of the images that are not ours', () => {
    const images = Object.values(services).map(({ image = '' }) => image);

    expect(images.filter((image) => image !== 'taskloom' && !/:\d/.test(image))).toEqual([]);
  });
});

describe('The services that are not ours', () => {
  test('give Postgres arguments that it takes', () => {
    const [program, ...args] = services['postgres']?.command ?? [];
    const folder = aFolder();
    writeFileSync(join(folder, 'postgresql.conf'), '');
    const postgres = join(findPostgresPackage().native, 'bin', 'postgres');
    // Asked for a setting it answers instead of serving, and needs no data for that.
    const asked = (given: string[]) =>
      spawnSync(postgres, ['-C', 'max_connections', '-D', folder, ...given], { encoding: 'utf8' });

    expect(program).toBe('postgres');
    expect(asked(args).stdout.trim()).toBe('300');
    expect(asked(args.map((text) => text.replace('connections', 'conections'))).status).not.toBe(0);
  });

  test("make and update Temporal's tables, in two databases of the server they are given", async () => {
    const { exit, calls } = await temporalSchema();

    expect(exit).toBe(0);
    expect(calls).toEqual(
      ['temporal', 'visibility'].flatMap((schema) => {
        const database = schema === 'temporal' ? schema : `temporal_${schema}`;
        return [
          `--db ${database} create`,
          `--db ${database} setup-schema -v 0.0`,
          `--db ${database} update-schema -d /etc/temporal/schema/postgresql/v12/${schema}/versioned`,
        ];
      }),
    );
  });

  test("end with an error where Temporal's tables cannot be made, so that Temporal waits and they are tried again", async () => {
    const { exit, calls } = await temporalSchema('case "$*" in *setup-schema*) exit 4;; esac');

    expect(exit).toBe(4);
    expect(calls).toHaveLength(2);
    expect(services['temporal-schema']?.restart).toMatch(/^on-failure/);
  });
});

describe('The services of ours', () => {
  test('migrate, then become healthy, with what the image holds and the environment they are given', async () => {
    const { local, folder } = await aHost();
    const migrate = async () => exitOf(run(folder, commandOf('migrate'), local('migrate')));

    expect(await migrate()).toBe(0);
    expect(await migrate()).toBe(0);

    for (const name of ['worker', 'api']) {
      const env = local(name, name === 'api' ? { HOST: '127.0.0.1', PORT: String(await freePort()) } : {});
      run(folder, commandOf(name), env);
      await healthy(folder, name, env);
    }
  });

  test('are not healthy before they run', async () => {
    const { local, folder } = await aHost();
    expect(await exitOf(run(folder, commandOf('migrate'), local('migrate')))).toBe(0);
    const port = { PORT: String(await freePort()) };

    for (const name of ['worker', 'api']) expect(await check(folder, name, local(name, port))).toBe(1);
  });
});

const commandOf = (name: string): string[] => [...entrypoint, ...(services[name]?.command ?? [])];

/** Runs the service's script with its own environment, beside a tool that notes what it is asked for and connects to nothing. */
async function temporalSchema(...more: string[]): Promise<{ exit: number | null; calls: string[] }> {
  const { entrypoint: shell = [], command = [], environment = {} } = services['temporal-schema'] ?? {};
  const folder = aFolder();
  const noted = join(folder, 'calls');
  const server = '$SQL_PLUGIN $SQL_USER:$SQL_PASSWORD@$SQL_HOST:$SQL_PORT';
  stub(folder, 'temporal-sql-tool', `echo "${server} $*" >> ${noted}`, ...more);

  const exit = await exitOf(run(folder, [...shell, ...command], { ...environment, PATH: folder }));

  const lines = readFileSync(noted, 'utf8').trimEnd().split('\n');
  const given = `postgres12 taskloom:${secrets.POSTGRES_PASSWORD}@postgres:5432 `;
  for (const line of lines) expect(line).toContain(given);
  return { exit, calls: lines.map((line) => line.replace(given, '')) };
}

/** Exit code of a service's own health check. */
async function check(folder: string, name: string, env: Record<string, string>): Promise<number | null> {
  const [kind, ...command] = services[name]?.healthcheck?.test ?? [];
  expect(kind).toBe('CMD');
  return exitOf(run(folder, command, env));
}

async function healthy(folder: string, name: string, env: Record<string, string>): Promise<void> {
  const isHealthy = async () => ((await check(folder, name, env)) === 0 ? true : undefined);
  await waitUntil(isHealthy, { withinMs: 60_000, what: `for ${name} to be healthy` });
}

/** Postgres and Temporal as the other services would be: a password of its own, no namespace of ours yet. */
async function aHost() {
  const dataDir = aFolder();
  const postgres = removedAfterwards(
    await providePostgres({
      dataDir: join(dataDir, 'pg'),
      durable: false,
      say: silent,
      logFile: join(dataDir, 'pg.log'),
    }),
  );
  const logFile = join(dataDir, 'temporal.log');
  const temporal = removedAfterwards(await provideTemporal({ namespace: 'another', say: silent, logFile }));
  const { host, username, password, pathname } = new URL(postgres.url);
  const local = (name: string, more: Record<string, string> = {}): Record<string, string> => {
    const env = services[name]?.environment ?? {};
    expect(env['DATABASE_URL']).toBe('postgres://taskloom@postgres:5432/taskloom');
    expect(env['PGPASSWORD']).toBe(secrets.POSTGRES_PASSWORD);
    return {
      ...env,
      DATABASE_URL: `postgres://${username}@${host}${pathname}`,
      PGPASSWORD: decodeURIComponent(password),
      TEMPORAL_ADDRESS: temporal.address,
      ...more,
    };
  };
  return { local, folder: imageFolder() };
}
