// Work that is refused is not lost: whoever had claimed the visit has what they sent as their draft, whatever the reason.
import type { CommandType } from '../core/commands.js';
import type { RejectionCode } from '../core/rejections.js';
import type { NodeInstance } from '../db/queries/node-instances.js';
import { hasClaimed } from '../db/queries/timeline.js';
import { saveRefused } from '../db/staging/payloads.js';
import { Refusal } from './problem.js';
import type { Services } from './services.js';

const carriesWork: readonly CommandType[] = ['submit', 'vote', 'approve', 'reject', 'heartbeat', 'release'];
/** Their messages say that it is kept, to whomever. */
const promises: readonly RejectionCode[] = ['LEASE_LOST', 'CONSENSUS_CLOSED', 'PIPELINE_PAUSED'];
/** Nothing is decided yet: the same request is sent again. */
const passing: readonly RejectionCode[] = ['BUSY', 'PENDING', 'UNAVAILABLE'];
const told = ['action', 'answers', 'comment', 'issueTags', 'fields', 'fieldVerdicts', 'pick'] as const;

export interface Sent {
  type: CommandType;
  instance: Pick<NodeInstance, 'id' | 'projectId' | 'taskId' | 'assignee' | 'performer'>;
  memberId: string;
  body: object;
}

function remarksIn(body: object): Record<string, unknown> | null {
  const given = Object.entries(body).filter(([name]) => (told as readonly string[]).includes(name));
  return given.length === 0 ? null : Object.fromEntries(given);
}

/** Keeps what was sent, if there is any; answers whether it did. */
export async function keepWork({ pool }: Services, { type, instance, memberId, body }: Sent, always: boolean) {
  const values = 'values' in body ? body.values : undefined;
  const remarks = remarksIn(body);
  if (!carriesWork.includes(type) || (values === undefined && remarks === null)) return false;
  const { id: instanceId, projectId, taskId, assignee, performer } = instance;
  const isTheirs = always || [assignee, performer].includes(memberId);
  if (!isTheirs && !(await hasClaimed(pool, { taskId, instanceId, memberId }))) return false;
  await saveRefused(pool, { projectId, instanceId, memberId }, { values, remarks });
  return true;
}

/** The error that the sender is told: of a refusal, with where their work is now. */
export async function keptRefusal(services: Services, error: unknown, sent: Sent): Promise<unknown> {
  if (!(error instanceof Refusal) || passing.includes(error.code)) return error;
  if (!(await keepWork(services, sent, promises.includes(error.code)))) return error;
  const where = `what you sent is kept as your draft: GET /v1/node-instances/${sent.instance.id}/draft`;
  const detail = error.detail === undefined ? where : `${error.detail}; ${where}`;
  return new Refusal(error.code, detail, { ...error.extra, draftKept: true });
}
