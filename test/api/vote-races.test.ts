// Many people at a few slots at once: as many votes as slots, one each. `VOTE_RACES` says how often; the proof says 200.
import { beforeAll, expect, inject, it } from 'vitest';
import type { Person, TestProject } from '../support/project.js';
import { newProject, voted } from '../support/project.js';

const { apiUrl, operatorKey } = inject('stack');

const races = Number(process.env['VOTE_RACES'] ?? '10');
const [people, slots] = [64, 3];

let project: TestProject;
let crew: Person[];
let pipeline: string;

beforeAll(async () => {
  project = await newProject(apiUrl, operatorKey);
  crew = await Promise.all(Array.from({ length: people }, () => project.person('annotator')));
  pipeline = await project.pipeline(voted(slots));
});

/** What a person is told who wants to vote, and votes where they may. */
async function tryToVote(person: Person, vote: string, label: string): Promise<string> {
  const claim = await person.post<{ nodeInstanceId: string; code?: string }>(`/node-instances/${vote}/claim`);
  if (claim.status !== 200) return String(claim.body.code);
  const reply = await person.post(`/node-instances/${claim.body.nodeInstanceId}/vote`, { values: { label } });
  return reply.status === 200 ? `voted on ${claim.body.nodeInstanceId}` : String(reply.body['code']);
}

it(
  `${String(people)} people at ${String(slots)} slots hand in exactly ${String(slots)} votes, each time`,
  { timeout: 60_000 + races * 6_000 },
  async () => {
    for (let race = 1; race <= races; race += 1) {
      const taskId = await project.task(pipeline);
      const vote = `${taskId}.1.vote.1`;

      const told = await Promise.all(crew.map((person) => tryToVote(person, vote, 'a')));

      const wanted = Array.from({ length: slots }, (_, index) => `voted on ${vote}.s${String(index + 1)}`);
      expect(told.filter((words) => words.startsWith('voted')).sort(), `race ${String(race)}`).toEqual(wanted);
      const refusals = new Set(told.filter((words) => !words.startsWith('voted')));
      expect([...refusals].filter((code) => !['CLAIM_HELD', 'CONSENSUS_CLOSED'].includes(code))).toEqual([]);
      const { body } = await project.admin.get<{ items: { type: string; actor: string }[] }>(
        `/tasks/${taskId}/timeline?limit=100`,
      );
      const voters = body.items.flatMap(({ type, actor }) => (type === 'voted' ? [actor] : []));
      expect(new Set(voters).size).toBe(slots);
      expect(voters).toHaveLength(slots);
    }
  },
);
