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
  async function free(id: string, { memberId, by, changeId }: Which): Promise<boolean> {
    const instance = await findInstance(pool, id);
    if (!instance) return false;
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
    // Passing: it is asked again, with the same id.
    if (outcome.kind === 'pending' || outcome.kind === 'busy') throw new Error(`${id} has not answered`);
    return outcome.kind === 'answered';
  }

  return {
    async freeWorkOf(which) {
      let freed = 0;
      for (let after: string | undefined = ''; after !== undefined;) {
        const page: string[] = await workToFree(pool, { ...which, after, limit: pageSize });
        await inLanes(atOnce, page, async (id) => {
          if (await free(id, which)) freed += 1;
        });
        after = page.length < pageSize ? undefined : page.at(-1);
      }
      return freed;
    },
  };
}
