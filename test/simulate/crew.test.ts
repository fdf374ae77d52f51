// Crews that run work again: what is no plan is refused, in words that say what to do.
import { describe, expect, it } from 'vitest';
import { checkCrew } from '../../simulate/crew.js';

const crewOf = (more: object, role = 'team_manager') => checkCrew({ people: [{ role, ...more }] }, 'the crew');

function problemsOf(more: object, role?: string): string {
  try {
    crewOf(more, role);
  } catch (error) {
    return (error as { problems: readonly string[] }).problems.join('\n');
  }
  return '';
}

describe('a crew that runs work again', () => {
  it('says it by node, by tasks, and by when', () => {
    const { managers } = crewOf(
      {
        reopens: [{ node: 'dog', tasks: ['pets-02'], at: { look: 'available' } }],
        revisions: [{ node: 'dog', tasks: 2, rerun: true }],
        reruns: [{ mode: 'restart', status: 'failed', executions: 'failed', node: 'pair' }],
      },
      'admin',
    );

    expect(managers[0]).toMatchObject({
      reopens: [{ node: 'dog', tasks: ['pets-02'], after: 0, fix: false }],
      revisions: [{ tasks: 2, rerun: true }],
      reruns: [{ tasks: 1, replace: false }],
    });
  });

  it.each([
    [{ reopens: [{ tasks: 2 }] }, '/people/0/reopens/0/node'],
    [{ reopens: [{ node: 'dog', tasks: 0 }] }, '/people/0/reopens/0/tasks: Too small'],
    [{ reopens: [{ node: 'dog', tasks: 'all' }] }, 'tasks are a number from 1 on, or a list of their ids'],
    [{ reopens: [{ node: 'dog', fix: true, action: 'discard' }] }, 'give fix or action, not both'],
    [{ reopens: [{ node: 'dog', at: { look: 'open' } }] }, '/people/0/reopens/0/at/look'],
    [{ reopens: [{ node: 'dog', status: 'done' }] }, '/people/0/reopens/0/status'],
    [{ reopens: [{ node: 'dog', when: 'finished' }] }, 'when'],
    [{ revisions: [{ node: 'dog' }] }, 'revisions are for an admin'],
    [{ reruns: [{ mode: 'resume' }] }, 'say when: by status, or by at'],
    [{ reruns: [{ mode: 'again', status: 'failed' }] }, '/people/0/reruns/0/mode'],
    [{ reruns: [{ mode: 'restart', status: 'failed', node: 'dog' }] }, 'a restart begins at the start: leave node out'],
    [{ reruns: [{ mode: 'resume', status: 'failed', executions: 'all' }] }, '/people/0/reruns/0/executions'],
  ])('is refused where it says nonsense: %j', (more, why) => {
    expect(problemsOf(more)).toContain(why);
  });

  it('has workers who recall, and managers who do not', () => {
    expect(problemsOf({ recalls: 0.5, after: 3 }, 'annotator')).toBe('');
    expect(problemsOf({ recalls: 2 }, 'annotator')).toContain('/people/0/recalls');
    expect(problemsOf({ recalls: 0.5 })).toContain('recalls');
    expect(problemsOf({ reruns: [] }, 'annotator')).toContain('reruns');
  });
});
