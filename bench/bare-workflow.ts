// What a cycle costs before it has a product in it: the same four updates on a bare Temporal workflow.
import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';

export type BareStep = 'claim' | 'submit' | 'claimReview' | 'approve';

export const bareSteps: readonly BareStep[] = ['claim', 'submit', 'claimReview', 'approve'];

export interface BareCommand {
  id: string;
  actor: { id: string };
  instance: string;
  receivedAt: number;
}

export interface BareAnswer {
  step: BareStep;
  by: string;
  version: number;
}

export async function bareCycle(): Promise<BareAnswer[]> {
  const done: BareAnswer[] = [];
  for (const [place, step] of bareSteps.entries()) {
    setHandler(
      defineUpdate<BareAnswer, [command: BareCommand]>(step),
      (command: BareCommand) => {
        const answer = { step, by: command.actor.id, version: done.length + 1 };
        done.push(answer);
        return answer;
      },
      {
        validator: (_command: BareCommand) => {
          if (done.length !== place)
            throw ApplicationFailure.create({ message: `${step} is not next`, type: 'NOT_NEXT' });
        },
      },
    );
  }
  await condition(() => done.length === bareSteps.length);
  return done;
}
