// Live settings of a node: read and changed while cycles run.
import { Router } from 'express';
import type { z } from 'zod';
import type { LiveByNode, LiveSettings } from '../../core/live-settings.js';
import { isObject } from '../../core/json.js';
import { inForce, laidOver, settingNames, settingsOf } from '../../core/live-settings.js';
import type { PipelineNode } from '../../core/pipeline.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import { findPipeline } from '../../db/queries/pipelines.js';
import { settingsChanges, settingsVersion } from '../../db/queries/node-settings.js';
import { changeSettings } from '../../db/writes/node-settings.js';
import { patchSettings } from '../contract/node-settings.js';
import { expectedVersion } from '../expected-version.js';
import { requireManager } from '../middleware/authenticate.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { pipelineOf } from '../named-pipeline.js';
import { problemsIn } from '../pipeline-checks.js';

const changesShown = 50;

type Patch = z.infer<typeof patchSettings>['settings'];

function nodeOf({ definition }: Pipeline, key: string): PipelineNode {
  const node = definition.nodes.find((candidate) => candidate.key === key);
  if (!node) throw new Refusal('NOT_FOUND');
  return node;
}

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0;

/** Fields that are set are taken over, null ones go back to the version's own. */
const patched = (before: LiveSettings, patch: Patch): LiveSettings =>
  Object.fromEntries(Object.entries(laidOver(before, patch) as object).filter(([, value]) => !isEmpty(value)));

function requireKnown(node: PipelineNode, patch: Patch): void {
  const known: readonly string[] = settingNames(node);
  const problems = Object.keys(patch)
    .filter((name) => !known.includes(name))
    .map((name) => ({ pointer: `/settings/${name}`, message: `this ${node.kind} node has no such setting` }));
  if (problems.length > 0) throw new Refusal('INVALID_REQUEST', undefined, { problems });
}

/** What was wrong before, in other nodes or versions, is not this change's fault. */
function requireSound({ definition }: Pipeline, live: LiveByNode, changed: LiveByNode): void {
  const before = new Set(problemsIn(definition, live).map(({ pointer, message }) => pointer + message));
  const problems = problemsIn(definition, changed).filter(
    ({ severity, pointer, message }) => severity === 'error' && !before.has(pointer + message),
  );
  if (problems.length > 0) throw new Refusal('PIPELINE_INVALID', undefined, { problems });
}

export function nodeSettingsRoutes(services: Services): Router {
  const { pool } = services;
  const router = Router();

  async function shown(pipelineId: string, key: string) {
    const pipeline = await findPipeline(pool, pipelineId);
    if (!pipeline) throw new Refusal('NOT_FOUND');
    const node = nodeOf(pipeline, key);
    const [now = node] = inForce({ ...pipeline.definition, nodes: [node] }, pipeline.live.nodes).nodes;
    return {
      pipelineId,
      node: key,
      version: await settingsVersion(pool, pipelineId, key),
      settings: settingsOf(now),
      live: pipeline.live.nodes[key] ?? {},
      changes: await settingsChanges(pool, pipelineId, key, changesShown),
    };
  }

  router.get('/pipelines/:pipeline/nodes/:node/settings', async (req, res) => {
    const { pipeline } = await pipelineOf(services, req, req.params.pipeline);
    const answer = await shown(pipeline.id, req.params.node);
    res.setHeader('ETag', `"${String(answer.version)}"`);
    res.json(answer);
  });

  router.patch('/pipelines/:pipeline/nodes/:node/settings', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireManager(caller);
    const body = patchSettings.parse(req.body);
    const patch = body.settings;
    const node = nodeOf(pipeline, req.params.node);
    requireKnown(node, patch);
    const changed = await changeSettings(pool, {
      pipelineId: pipeline.id,
      node: node.key,
      expectedVersion: expectedVersion(req, body.version),
      changedBy: caller.memberId,
      change: (before, live) => {
        const settings = patched(before, patch);
        requireSound(pipeline, live, { ...live, [node.key]: settings });
        return settings;
      },
    });
    if ('stale' in changed) throw new Refusal('STALE_TASK', `the settings are at version ${String(changed.stale)}`);
    const answer = await shown(pipeline.id, node.key);
    res.setHeader('ETag', `"${String(answer.version)}"`);
    res.json(answer);
  });

  return router;
}
