import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CommandType } from '../../core/commands.js';
import { parseCommand } from '../../core/commands.js';
import { decideMigrate } from '../../core/migrate.js';
import { isRejectionCode, rejections } from '../../core/rejections.js';
import {
  ann,
  aPlan,
  bob,
  boss,
  dawn,
  labeledAndReviewed,
  labeledOnce,
  rita,
  votedAndJudged,
  votedOn,
} from '../support/builders.js';
import { World } from './world.js';

const core = new URL('../../core/', import.meta.url);

/** The codes that the rules name, wherever they do. */
function codesOfTheRules(): string[] {
  const sources = readdirSync(core).filter((file) => file !== 'rejections.ts');
  const text = sources.map((file) => readFileSync(new URL(file, core), 'utf8')).join('\n');
  const quoted = [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code]) => code);
  return [...new Set(quoted.filter(isRejectionCode))].sort();
}

const claimed = (): World => {
  const world = new World(labeledOnce());
  world.does(ann, 'claim', 'annotate');
  return world;
};
const reviewed = (): World => {
  const world = new World(labeledAndReviewed());
  world.labels(ann, 'annotate');
  return world;
};
const onlyParsed = (type: CommandType, body: unknown): string => {
  const read = parseCommand(type, body);
  return read.ok ? 'ok' : read.rejection.code;
};

/** The shortest way to each refusal. */
const ways: Record<string, () => string> = {
  ALREADY_CLAIMED: () => claimed().codeOf(ann, 'claim', 'annotate'),
  CLAIM_HELD: () => claimed().codeOf(bob, 'claim', 'annotate'),
  COMMENT_REQUIRED: () => {
    const world = new World(labeledAndReviewed({ commentOnFail: true }));
    world.labels(ann, 'annotate');
    world.does(rita, 'claim', 'qa');
    return world.codeOf(rita, 'reject', 'qa');
  },
  CONSENSUS_CLOSED: () => {
    const world = new World(votedOn(2, { onDisagreement: 'escalate' }));
    world.votes(ann, 'vote', 'cat');
    world.votes(bob, 'vote', 'dog');
    world.does(boss, 'resolve', 'vote', { how: 'return' });
    return world.codeOf(ann, 'vote', 'task-1.1.vote.1.s1');
  },
  FOREIGN_RESERVATION: () => {
    const world = reviewed();
    world.judges(rita, 'qa', 'reject');
    return world.codeOf(bob, 'claim', 'annotate');
  },
  INVALID_ACTION: () => claimed().codeOf(ann, 'submit', 'annotate', { action: 'shrug' }),
  LEASE_LOST: () => claimed().codeOf(bob, 'submit', 'annotate'),
  MALFORMED_COMMAND: () => onlyParsed('claim', { force: true }),
  MIGRATION_REFUSED: () => {
    const command = { id: 'move', actor: boss, versionId: 'version-2', plan: aPlan(labeledOnce()) };
    const decision = decideMigrate(new World(votedOn(2)).cycle, command, 0);
    return decision.ok ? 'ok' : decision.rejection.code;
  },
  NODE_CLOSED: () => {
    const world = new World(labeledOnce());
    world.labels(ann, 'annotate');
    return world.codeOf(bob, 'claim', 'annotate');
  },
  NODE_HELD: () => {
    const world = claimed();
    world.does(ann, 'escalate', 'annotate');
    return world.codeOf(ann, 'claim', 'annotate');
  },
  NODE_UNKNOWN: () => {
    const world = claimed();
    const reference = { instance: 'task-1.1.other.1' };
    return world.codeOf(ann, 'claim', 'annotate', reference);
  },
  NODE_PAUSED: () => {
    const clock = { pausedTotalMs: 0, turns: 1, nodes: { annotate: { pausedTotalMs: 0, pausedAtMs: dawn } } };
    return new World(labeledOnce()).codeOf(ann, 'claim', 'annotate', { clock });
  },
  NOT_AUTHOR: () => reviewed().codeOf(bob, 'recall', 'annotate'),
  NOT_CLAIMED: () => new World(labeledOnce()).codeOf(ann, 'submit', 'annotate'),
  NOT_ESCALATED: () => claimed().codeOf(boss, 'resolve', 'annotate'),
  NOT_HOLDER: () => claimed().codeOf(bob, 'release', 'annotate'),
  NOT_MOVABLE: () => new World(votedOn(2)).codeOf(ann, 'submit', 'vote'),
  ONE_VOTE_EACH: () => {
    const world = new World(votedOn(2));
    world.votes(ann, 'vote', 'cat');
    return world.codeOf(ann, 'claim', 'vote');
  },
  OPTION_UNKNOWN: () => {
    const world = new World(votedAndJudged(1));
    world.votes(ann, 'vote', 'cat');
    world.does(rita, 'claim', 'judge');
    return world.codeOf(rita, 'approve', 'judge', { pick: 'dog' });
  },
  PERFORMER_EXCLUDED: () => reviewed().codeOf(ann, 'claim', 'qa'),
  PIPELINE_PAUSED: () => {
    const clock = { pausedTotalMs: 0, pausedAtMs: dawn, turns: 1 };
    return new World(labeledOnce()).codeOf(ann, 'claim', 'annotate', { clock });
  },
  REOPEN_REFUSED: () => claimed().codeOf(boss, 'reopen', 'annotate'),
  STALE_TASK: () => claimed().codeOf(ann, 'submit', 'annotate', { expectedVersion: 1 }),
  TAKEN_UP: () => {
    const world = reviewed();
    world.does(rita, 'claim', 'qa');
    return world.codeOf(ann, 'recall', 'annotate');
  },
  TASK_PAUSED: () => {
    const world = new World(labeledOnce());
    world.hears({ type: 'paused', at: world.now, actor: boss });
    return world.codeOf(ann, 'claim', 'annotate');
  },
};

describe('The catalogue of refusals', () => {
  test.each(Object.keys(ways))('%s is what somebody is told', (code) => {
    expect(ways[code]?.()).toBe(code);
  });

  test('has a way here to every code that the rules name', () => {
    expect(Object.keys(ways).sort()).toEqual(codesOfTheRules());
  });

  test('has an HTTP status and a message that says what to do, for every code', () => {
    for (const [code, [status, message]] of Object.entries(rejections)) {
      expect(status, code).toBeGreaterThanOrEqual(code === 'PENDING' ? 202 : 400);
      expect(message, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('knows its codes, and no others', () => {
    expect(isRejectionCode('STALE_TASK')).toBe(true);
    expect(isRejectionCode('toString')).toBe(false);
    expect(isRejectionCode(undefined)).toBe(false);
  });
});
