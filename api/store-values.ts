// Values are stored before the command that refers to them.
import type pg from 'pg';
import type { SubmissionRef } from '../core/state.js';
import { storePayload } from '../db/staging/payloads.js';
import { hashOfValues } from '../language/hashing.js';

export async function storeValues(
  pool: pg.Pool,
  projectId: string,
  id: string,
  values: unknown,
): Promise<SubmissionRef> {
  const hash = hashOfValues(values);
  await storePayload(pool, projectId, hash, values);
  return { id, hash };
}
