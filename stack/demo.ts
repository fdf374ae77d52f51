// Seeds a demo project once, so that a newcomer has something to claim: the quickstart's pipeline and tasks, and three people.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface DemoOptions {
  apiUrl: string;
  operatorKey: string;
  dataDir: string;
  say: (line: string) => void;
}

/** What is kept of the demo between starts; the keys open the demo project only. */
const demoFile = z.object({
  projectId: z.string(),
  pipelineId: z.string(),
  admin: z.string(),
  annotator: z.string(),
  reviewer: z.string(),
});
export type Demo = z.infer<typeof demoFile>;

const example = (file: string): string =>
  readFileSync(new URL(`../examples/quickstart/${file}`, import.meta.url), 'utf8');

const created = z.object({
  id: z.string(),
  apiKey: z.string().optional(),
  admin: z.object({ id: z.string() }).optional(),
});

/** One request; what the API refuses ends the seeding with its reason. */
async function send(url: string, key: string, method: string, body?: string, type = 'application/json') {
  const headers = { authorization: `Bearer ${key}`, 'content-type': type };
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new Error(`The demo could not be seeded: ${method} ${new URL(url).pathname}: ${JSON.stringify(answer)}`);
  return answer;
}

async function seed({ apiUrl, operatorKey }: DemoOptions): Promise<Demo> {
  const post = async (path: string, key: string, body: object) =>
    created.parse(await send(`${apiUrl}/v1${path}`, key, 'POST', JSON.stringify(body)));
  const name = `Demo ${new Date().toISOString()}`;
  const { id: projectId, apiKey: admin = '' } = await post('/projects', operatorKey, {
    name,
    admin: { email: 'admin@example.org' },
  });
  const person = async (role: string): Promise<string> => {
    const { id: memberId } = await post(`/projects/${projectId}/members`, admin, {
      email: `${role}@example.org`,
      role,
    });
    return (await post(`/projects/${projectId}/api-keys`, admin, { memberId, name: role })).apiKey ?? '';
  };
  const [annotator, reviewer] = [await person('annotator'), await person('reviewer')];
  const pipeline = await send(
    `${apiUrl}/v1/projects/${projectId}/pipelines`,
    admin,
    'POST',
    example('pipeline.yaml'),
    'application/yaml',
  );
  const { id: pipelineId } = created.parse(pipeline);
  await send(`${apiUrl}/v1/pipelines/${pipelineId}/imports`, admin, 'POST', example('tasks.csv'), 'text/csv');
  return { projectId, pipelineId, admin, annotator, reviewer };
}

export async function seedDemo(options: DemoOptions): Promise<Demo> {
  const path = join(options.dataDir, 'demo.json');
  if (existsSync(path)) {
    const kept = demoFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    const { status } = await fetch(`${options.apiUrl}/v1/me`, { headers: { authorization: `Bearer ${kept.admin}` } });
    // The stores were emptied since: what was kept opens nothing.
    if (status !== 401) return kept;
  }
  const demo = await seed(options);
  writeFileSync(path, JSON.stringify(demo, null, 2), { mode: 0o600 });
  options.say('Demo       seeded: the quickstart pipeline with its tasks');
  return demo;
}
