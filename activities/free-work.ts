// Releases what somebody holds, or what is kept for them, at nodes that they can no longer work at.
import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { CommandType } from '../core/commands.js';
import { rolesAt } from '../core/roles.js';
import { anybodyEligible } from '../db/queries/eligible-members.js';
import { workToFree } from '../db/queries/held-work.js';
import { findInstance } from '../db/queries/node-instances.js';
import { inLanes } from '../lanes.js';
import { sha256 } from '../language/hashing.js';

/** The part of the client that this needs; handed in by the worker. */
export interface Releaser {
  command(workflowId: string, type: CommandType, body: object, updateId: string): Promise<{ kind: string }>;
}

export interface FreeWorkActivities {
  /** Answers with how many were released. */
  freeWorkOf(which: { projectId: string; memberId: string; by: string; changeId: string }): Promise<number>;
}

type Which = Parameters<FreeWorkActivities['freeWorkOf']>[0];

const pageSize = 100;
const atOnce = 5;

export function createFreeWorkActivities(pool: pg.Pool, releaser: Releaser): FreeWorkActivities {
  /** What was released, taken or closed meanwhile is refused, and needs nothing. */
  async function free(id: string, { memberId, by, changeId }: Which): Promise<'freed' | 'unanswered' | 'other'> {
    const instance = await findInstance(pool, id);
    if (!instance) return 'other';
    const { kind, streamId, version, clock } = instance;
    const anybody = await anybodyEligible(pool, { instanceId: id, except: memberId, roles: rolesAt(kind) });
    const body = {
      instance: id,
      actor: { id: by, manager: true },
      of: memberId,
      receivedAt: Date.now(),
      ...(clock ? { clock } : {}),
      ...(anybody ? {} : { nobodyLeft: true }),
    };
    const updateId = sha256(`${changeId}\n${id}\n${String(version)}`);
    const outcome = await releaser.command(streamId, 'release', body, updateId);
    Context.current().heartbeat();
    if (outcome.kind === 'pending' || outcome.kind === 'busy') return 'unanswered';
    return outcome.kind === 'answered' ? 'freed' : 'other';
  }

  return {
    async freeWorkOf(which) {
      const outcomes = { freed: 0, unanswered: 0, other: 0 };
      for (let after: string | undefined = ''; after !== undefined;) {
        const page: string[] = await workToFree(pool, { ...which, after, limit: pageSize });
        await inLanes(atOnce, page, async (id) => {
          outcomes[await free(id, which)] += 1;
        });
        after = page.length < pageSize ? undefined : page.at(-1);
      }
      // Asked again with the same ids, once nobody else waits for them.
      if (outcomes.unanswered > 0) throw new Error(`${String(outcomes.unanswered)} pieces of work have not answered`);
      return outcomes.freed;
    },
  };
}
