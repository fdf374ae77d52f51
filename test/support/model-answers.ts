// What the models of the shared stack say: each model's name tells how it behaves.
import type { ModelScript } from '../../simulate/model-server.js';

const label = (name: string, confidence = 0.9) => ({ values: { label: name }, confidence });

export const modelAnswers: ModelScript = {
  good: [{ when: 'dog', answer: label('dog') }, { answer: label('cat') }],
  unsure: [{ answer: label('cat', 0.2) }],
  chatty: [{ text: 'It is a cat, I think.' }],
  muddled: [{ text: 'It is a cat, I think.', times: 2 }, { answer: label('cat') }],
  wrong: [{ answer: { values: { label: 7 } } }],
  prudish: [{ refuse: 'I would rather not' }],
  dear: [{ answer: label('cat'), tokens: { input: 90_000, output: 10_000 } }],
  down: [{ status: 503 }],
  shaky: [{ status: 503, times: 2 }, { answer: label('cat') }],
  stumbling: [{ status: 503, times: 1 }, { answer: label('cat') }],
  silent: [{ hang: true }],
  strict: [{ answer: { action: 'reject', comment: 'look again', confidence: 1 } }],
  kind: [{ answer: { action: 'approve', confidence: 1 } }],
};
