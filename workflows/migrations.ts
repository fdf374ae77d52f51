// A cycle takes the command to go on in another version of its pipeline: an update, as only who sends it can say why not.
import { setHandler } from '@temporalio/workflow';
import type { Decision } from '../core/decision.js';
import type { CycleEvent } from '../core/events.js';
import type { MigrateCommand } from '../core/migrate.js';
import { decideMigrate, parseMigrate } from '../core/migrate.js';
import type { MigrateAnswer } from './messages.js';
import { migrateUpdate } from './messages.js';
import { orThrow } from './rejection-failure.js';
import { hearClock } from './pauses.js';
import type { Stream } from './stream.js';
import { apply, onceRecorded } from './stream.js';

function decided({ state }: Stream, command: MigrateCommand): Decision<CycleEvent[]> {
  return decideMigrate(state, command, Math.max(Date.now(), state.lastAt));
}

function onUpdate(stream: Stream, body: unknown): MigrateAnswer | Promise<MigrateAnswer> {
  const command = orThrow(parseMigrate(body));
  const events = orThrow(decided(stream, command));
  const { versionId, clock } = command;
  if (events.length === 0) return { versionId };
  hearClock(stream, clock);
  apply(stream, () => events, command.id);
  return onceRecorded(stream, { versionId });
}

export function listenForMigrations(stream: Stream): void {
  const validator = (body: unknown): void => {
    orThrow(decided(stream, orThrow(parseMigrate(body))));
  };
  setHandler(migrateUpdate, (body) => onUpdate(stream, body), { validator });
}
