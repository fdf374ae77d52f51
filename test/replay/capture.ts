// `npm run histories:capture`: records the histories of all scenarios with the present code, for the replay gate. Run it once
// per release; files of earlier releases stay for as long as a run of that release may be open. Scenarios that are named
// (`-- 0.2.0 judgedVotes`, after the version they are for) are recorded alone. What is recorded already is never written again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ownStack } from '../support/own-stack.js';
import { newProject } from '../support/project.js';
import { startModelServer } from '../../simulate/model-server.js';
import { signingSecret, startHook } from '../support/hook.js';
import { modelAnswers } from '../support/model-answers.js';
import { changeScenarios } from './change-scenarios.js';
import { rerunScenarios } from './rerun-scenarios.js';
import { entryScenarios } from './entry-scenarios.js';
import { checkpointScenarios } from './checkpoint-scenarios.js';
import { upkeepScenarios } from './upkeep-scenarios.js';
import { pauseScenarios } from './pause-scenarios.js';
import { programScenarios } from './program-scenarios.js';
import type { Recorded, Scenario } from './scenarios.js';
import { scenarios } from './scenarios.js';
import { scriptedScenarios } from './scripted-scenarios.js';
import { signalScenarios } from './signal-scenarios.js';

const present = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const [version = present.version, ...named] = process.argv.slice(2);
const folder = fileURLToPath(new URL('histories/', import.meta.url));
mkdirSync(folder, { recursive: true });

const machines: Record<string, string> = { identity: 'recorded', stackTrace: '' };

/** Names and paths of the machine that recorded it say nothing about the workflow. */
function scrubbed(history: string): string {
  return JSON.stringify(JSON.parse(history), (key, value: unknown) => machines[key] ?? value, 1);
}

const models = await startModelServer(modelAnswers);
const hook = await startHook();
const callable = {
  TASKLOOM_MODELS: JSON.stringify({ default: { baseUrl: models.url, apiKey: 'not-a-real-key' } }),
  TASKLOOM_CALL_HOSTS: hook.host,
  TASKLOOM_SIGNING_SECRET: signingSecret,
};
const byName = (list: Scenario[]): Record<string, Scenario> =>
  Object.fromEntries(list.map((scenario) => [scenario.name, scenario]));
const all = {
  ordinary: byName([
    ...scenarios.ordinary,
    ...programScenarios,
    ...changeScenarios,
    ...rerunScenarios,
    ...checkpointScenarios.ordinary,
    ...pauseScenarios,
    ...entryScenarios,
    ...upkeepScenarios,
  ]),
  continuing: byName([...scenarios.continuing, ...checkpointScenarios.continuing]),
  scripted: { ...scriptedScenarios, ...signalScenarios },
};

for (const [kind, env] of [
  ['ordinary', {}],
  ['continuing', { TASKLOOM_CONTINUE_AFTER_EVENTS: '40' }],
  ['scripted', {}],
] as const) {
  const asked = Object.entries<Scenario>(all[kind]).filter(([name]) => named.length === 0 || named.includes(name));
  if (asked.length === 0) continue;
  const own = await ownStack({ env: { ...callable, ...env } });
  try {
    const project = await newProject(own.stack.apiUrl, own.operatorKey);
    const [annotator, other, reviewer] = [
      await project.person('annotator'),
      await project.person('annotator'),
      await project.person('reviewer'),
    ];
    for (const [, scenario] of asked) {
      for (const { name, workflowId, runId } of await scenario({
        own,
        hookUrl: hook.url,
        project,
        annotator,
        other,
        reviewer,
      }))
        await keep(own, name, workflowId, runId);
    }
  } finally {
    await own.stop();
  }
}
await Promise.all([models.stop(), hook.stop()]);

async function keep(
  own: Awaited<ReturnType<typeof ownStack>>,
  name: Recorded['name'],
  workflowId: string,
  runId?: string,
): Promise<void> {
  const file = `${name}.v${version}.json`;
  if (existsSync(`${folder}${file}`)) {
    console.log(`${file}: recorded already, left as it is`);
    return;
  }
  const history = await own.client.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  writeFileSync(`${folder}${file}`, `${scrubbed(historyToJSON(history))}\n`);
  console.log(`${file}: ${String(history.events?.length ?? 0)} events`);
}
