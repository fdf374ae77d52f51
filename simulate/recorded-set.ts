// Makes a pipeline and its tasks of nothing but recorded answers.
import { Readable } from 'node:stream';
import { stringify } from 'yaml';
import type { RecordedAnswer } from './csv-files.js';

/** One vote over the labels that occur. */
export function pipelineFor(answers: readonly RecordedAnswer[]): string {
  const labels = [...new Set(answers.map(({ label }) => label))].sort();
  const form = { type: 'object', properties: { label: { enum: labels } }, required: ['label'] };
  return stringify({
    name: 'Recorded answers',
    nodes: [
      { key: 'start', kind: 'start' },
      {
        key: 'vote',
        kind: 'consensus',
        form,
        overlap: { min: 1 },
        policy: { kind: 'majority', fields: { label: 'exact' } },
        onDisagreement: 'tie',
      },
      { key: 'end', kind: 'end' },
    ],
    edges: [
      { from: 'start', to: 'vote' },
      { from: 'vote', to: 'end' },
    ],
  });
}

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The first column as tasks, each of which takes as many votes as it has answers. */
export function tasksFor(answers: readonly RecordedAnswer[]): () => ReadableStream {
  const overlaps = new Map<string, number>();
  for (const { task } of answers) overlaps.set(task, (overlaps.get(task) ?? 0) + 1);
  const lines = [...overlaps].map(([task, overlap]) => `${cell(task)},${cell(task)},${overlap}\n`);
  return () => Readable.toWeb(Readable.from(['id,item,overlap\n', ...lines])) as ReadableStream;
}
