// What a key was first used for decides, also while that first use is still being written.
import { randomUUID } from 'node:crypto';
import { afterAll, expect, inject, it } from 'vitest';
import { connect, inTransaction } from '../../db/connection.js';
import type { KeyedRequest } from '../../db/staging/idempotency-keys.js';
import { rememberRequest } from '../../db/staging/idempotency-keys.js';
import { newProject } from '../support/project.js';
import { until } from '../support/until.js';

const { apiUrl, operatorKey, databaseUrl } = inject('stack');
const connection = connect(databaseUrl, { onError: () => undefined });
const { pool } = connection;

afterAll(() => connection.close());

it('tells the second of two first uses at once what the first one asked', async () => {
  const { id: projectId, admin } = await newProject(apiUrl, operatorKey);
  const asked = (requestHash: string): KeyedRequest => ({
    projectId,
    key: randomUUID(),
    memberId: admin.id,
    requestHash,
    updateId: 'u',
  });
  const first = asked('one');

  const second = await inTransaction(pool, async (client) => {
    const { key, memberId, requestHash, updateId } = first;
    const columns = 'project_id, key, member_id, request_hash, update_id';
    await client.query(`insert into idempotency_keys (${columns}) values ($1, $2, $3, $4, $5)`, [
      projectId,
      key,
      memberId,
      requestHash,
      updateId,
    ]);
    const waits = rememberRequest(pool, { ...first, requestHash: 'another' });
    await until('the second one to wait', async () => {
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into idempotency_keys as%'`;
      return ((await pool.query(waiting)).rowCount ?? 0) > 0;
    });
    return { waits };
  });

  expect(await second.waits).toMatchObject({ requestHash: 'one', again: true, status: null });
  expect(await rememberRequest(pool, asked('three'))).toMatchObject({ requestHash: 'three', again: false });
});
