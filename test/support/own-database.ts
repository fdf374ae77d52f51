// A database of a test file's own on the shared server, migrated, that no worker looks into; dropped after the file's tests.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { migrateDatabase } from '../../db/migrate.js';

interface OwnDatabase {
  name: string;
  url: string;
  pool: pg.Pool;
}

/** To be called while tests are collected: a hook can't add another one. */
export async function ownDatabase(of: string): Promise<OwnDatabase> {
  const { databaseUrl } = inject('stack');
  const name = `${of}_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href;
  const onServer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  await onServer(`create database ${name}`);
  const pool = new pg.Pool({ connectionString: url });
  afterAll(async () => {
    await pool.end();
    await onServer(`drop database ${name}`);
  });
  await migrateDatabase(url);
  return { name, url, pool };
}
