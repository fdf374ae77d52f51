// Versions that tests move open tasks to, and what came of a migration.
import type { Caller } from './http.js';
import type { reviewed } from './project.js';
import { expectStatus } from './project.js';
import { until } from './until.js';

type Definition = ReturnType<typeof reviewed>;

interface MigrationResult {
  id: string;
  dryRun: boolean;
  toVersion: number;
  fromVersion: number | null;
  status: string;
  counts: Record<'moved' | 'movable' | 'stays' | 'ended', number>;
  reasons: { reason: string; node: string; count: number }[];
  cycles: { cycleId: string; taskId: string; outcome: string; reason: string | null; node: string | null }[];
}

const step = (key: string) => ({ key, kind: 'labeling', form: { type: 'object' } });

export const migrations = {
  /** annotate → done. */
  withoutReview: ({ nodes, ...rest }: Definition) => ({
    ...rest,
    nodes: nodes.filter(({ key }) => key !== 'qa'),
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', to: 'done' },
    ],
  }),

  /** annotate → qa → polish (→ shine) → done. */
  polished: ({ nodes, ...rest }: Definition, shines: boolean) => ({
    ...rest,
    nodes: [...nodes, step('polish'), ...(shines ? [step('shine')] : [])],
    edges: [
      { from: 'start', to: 'annotate' },
      { from: 'annotate', on: 'complete', to: 'qa' },
      { from: 'qa', on: 'approve', to: 'polish' },
      { from: 'polish', to: shines ? 'shine' : 'done' },
      ...(shines ? [{ from: 'shine', to: 'done' }] : []),
    ],
  }),

  /** The same structure; another field is filled in. */
  otherLabel: ({ nodes, ...rest }: Definition) => ({
    ...rest,
    nodes: nodes.map((node) =>
      node.key === 'annotate'
        ? { ...node, form: { type: 'object', required: ['other'], properties: { other: { type: 'number' } } } }
        : node,
    ),
  }),

  /** What it came to, with every cycle. */
  async finished(admin: Caller, id: string): Promise<MigrationResult> {
    const result = await until(
      'the migration to end',
      async () => {
        const { body } = await admin.get<MigrationResult>(`/migrations/${id}`);
        return body.status === 'finished' && body;
      },
      120_000,
    );
    const cycles: MigrationResult['cycles'] = [];
    for (let token: string | null = ''; token !== null;) {
      const more: string = token === '' ? '' : `&pageToken=${token}`;
      const page = await admin.get<{ items: MigrationResult['cycles']; nextPageToken: string | null }>(
        `/migrations/${id}/cycles?limit=200${more}`,
      );
      expectStatus(page, 200);
      cycles.push(...page.body.items);
      token = page.body.nextPageToken;
    }
    return { ...result, cycles };
  },
};
