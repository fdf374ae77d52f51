// Held items whose work is taken back, opened again or reworked: what their batch is told of them.
import { describe, expect, test } from 'vitest';
import { standings } from '../../core/checkpoints.js';
import { recordOf } from '../../core/record.js';
import {
  ann,
  aPipeline,
  aSubmission,
  bob,
  boss,
  checkpoint,
  end,
  gathered,
  labeling,
  review,
  rita,
} from '../support/builders.js';
import { World } from './world.js';

const standing = (world: World) => standings(world.cycle)[0];

describe('A record that takes work back which a checkpoint holds', () => {
  const takenBackBy = (does: (world: World) => void): string[] | undefined => {
    const world = new World(gathered('task'));
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    const before = world.cycle;
    does(world);
    return recordOf(before, world.cycle, [], [], { runId: 'run-1', sequence: 2, decidedAt: 1 }).takenBack;
  };

  test('says so, whether it is to come again, is gone, or was handed in anew at once', () => {
    expect(takenBackBy((world) => world.does(boss, 'reopen', 'work'))).toEqual(['all']);
    expect(takenBackBy((world) => world.does(boss, 'reopen', 'work', { action: 'discard' }))).toEqual(['all']);
    const anew = (world: World): void => {
      world.does(boss, 'reopen', 'work');
      world.labels(ann, 'work', { submission: aSubmission('better') });
      world.judges(rita, 'qa', 'approve');
    };
    expect(takenBackBy(anew)).toEqual(['all']);
  });

  test('is no record of something else, nor one after the checkpoint has fired', () => {
    expect(takenBackBy((world) => world.labels(bob, 'beside'))).toBeUndefined();
    expect(
      takenBackBy((world) => {
        world.fires('all');
      }),
    ).toBeUndefined();
  });
});

describe('An item that a checkpoint holds', () => {
  test.each(['task', 'assignment'] as const)('is waited for while what had come is done again, per %s', (per) => {
    const world = new World(gathered(per));
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.does(boss, 'reopen', 'work');
    expect(standing(world)).toEqual({ node: 'all', of: 'work', per, standing: 'coming' });
    world.labels(ann, 'work', { submission: aSubmission('better') });
    expect(standing(world)).toMatchObject({ standing: 'coming' });
    world.judges(rita, 'qa', 'approve');

    expect(standing(world)).toMatchObject({ standing: 'arrived', submission: aSubmission('better') });
    expect(world.instance('all').visit).toBe(2);
  });

  test('that was reopened or recalled as it fired is in that firing, and goes through when it comes again', () => {
    const world = new World(gathered('task'));
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.does(boss, 'reopen', 'work');
    world.fires('all');
    expect(world.cycle.status).toBe('open');
    world.labels(ann, 'work');
    world.judges(rita, 'qa', 'approve');
    world.labels(bob, 'beside');

    expect(standings(world.cycle)).toEqual([]);
    expect(world.cycle).toMatchObject({ status: 'finished', outcome: 'complete' });
  });

  test('is waited for again once its author has it back, and gone where it is then discarded', () => {
    const recallable = (): World => {
      const world = new World(
        aPipeline(
          [labeling('work'), checkpoint('all', 'work', 'assignment'), labeling('merge'), end()],
          ['start → work', 'work → all', 'all : assignment → merge', 'merge → end'],
        ),
      );
      world.labels(ann, 'work');
      world.does(ann, 'recall', 'work');
      return world;
    };
    const world = recallable();
    expect(standing(world)).toEqual({
      node: 'all',
      of: 'work',
      per: 'assignment',
      standing: 'coming',
      assignee: 'ann',
    });
    world.does(ann, 'submit', 'work', { submission: aSubmission('better') });
    expect(standing(world)).toMatchObject({ standing: 'arrived', submission: aSubmission('better') });
    const lost = recallable();
    lost.does(ann, 'submit', 'work', { action: 'discard' });

    expect(standing(lost)).toMatchObject({ standing: 'gone' });
  });

  test('is waited for while a review beside the checkpoint has its work done again', () => {
    const world = new World(
      aPipeline(
        [labeling('work'), review('qa', 'work'), checkpoint('all', 'work'), labeling('merge'), end()],
        ['start → work', 'work → qa', 'work → all', 'qa → end', 'all : task → merge', 'merge → end'],
      ),
    );
    world.labels(ann, 'work');
    expect(standing(world)).toMatchObject({ standing: 'arrived' });
    world.judges(rita, 'qa', 'reject');
    expect(standing(world)).toMatchObject({ standing: 'coming' });
    world.labels(ann, 'work', { submission: aSubmission('better') });
    world.judges(rita, 'qa', 'approve');

    expect(standing(world)).toMatchObject({ standing: 'arrived', submission: aSubmission('better') });
  });
});
