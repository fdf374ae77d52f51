// Pipelines: publish, read, validate. JSON and YAML alike.
import type { Request } from 'express';
import { Router } from 'express';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { LiveByNode } from '../../core/live-settings.js';
import { settingPointer } from '../../core/live-settings.js';
import type { Problem } from '../../core/problems.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import { compilePlan } from '../../core/plan.js';
import type { Pipeline } from '../../db/queries/pipelines.js';
import { listPipelines } from '../../db/queries/pipelines.js';
import { addPipeline, publishVersion } from '../../db/writes/pipelines.js';
import { cursorOf, pageOf, pageQuery } from '../contract/pagination.js';
import { once } from '../idempotency.js';
import { memberOf, requireAdmin } from '../middleware/authenticate.js';
import { pipelineOf } from '../named-pipeline.js';
import { idFor } from '../new-id.js';
import { check } from '../pipeline-checks.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';
import { standingView } from '../standing-view.js';
import { brokenTriggers } from '../trigger-checks.js';

/** A YAML body arrives as text; JSON was parsed before. */
function bodyOf(req: Request): unknown {
  if (typeof req.body !== 'string') return req.body;
  try {
    return parseYaml(req.body, { maxAliasCount: 50 });
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof ReferenceError) {
      throw new Refusal('PIPELINE_INVALID', undefined, {
        problems: [{ pointer: '', message: error.message, severity: 'error' }],
      });
    }
    throw error;
  }
}

/** The definition of a request, and what is worth a warning; refused with every problem at once. */
function publishable(req: Request, live: LiveByNode): { definition: PipelineDefinition; warnings: Problem[] } {
  const { definition, problems } = check(bodyOf(req), live);
  if (!definition || problems.some(({ severity }) => severity === 'error')) {
    throw new Refusal('PIPELINE_INVALID', undefined, { problems });
  }
  return { definition, warnings: problems };
}

/** Nobody should wonder why a setting that was just published does nothing. */
const overlaid = (definition: PipelineDefinition, live: LiveByNode): Problem[] =>
  definition.nodes.flatMap((node, index) => {
    const { key } = node;
    const names = Object.hasOwn(live, key) ? Object.keys(live[key] ?? {}) : [];
    return names.map((name) => ({
      pointer: `/nodes/${String(index)}${settingPointer(node, name)}`,
      message: `the live setting of "${key}" stays in force; PATCH it to null to take the version's own`,
      severity: 'warning' as const,
    }));
  });

const shown = ({ id, projectId, name, version, definition, createdAt, ...standing }: Pipeline) => ({
  id,
  projectId,
  name,
  version,
  definition,
  createdAt,
  ...standingView(standing),
});

export function pipelineRoutes(services: Services): Router {
  const { pool } = services;
  const router = Router();

  router.post('/projects/:project/pipelines', async (req, res) => {
    const caller = requireAdmin(memberOf(req, req.params.project));
    const { definition, warnings } = publishable(req, {});
    await once(services, caller, req, res, definition, async (keyed) => {
      const id = idFor('pip', keyed);
      const version = { versionId: idFor('ver', keyed), definition, plan: compilePlan(definition) };
      if (!(await addPipeline(pool, { id, projectId: caller.projectId, ...version }))) throw new Refusal('NAME_TAKEN');
      return { status: 201, body: { id, name: definition.name, version: 1, warnings } };
    });
  });

  router.get('/projects/:project/pipelines', async (req, res) => {
    const { projectId } = memberOf(req, req.params.project);
    const { limit, pageToken } = pageQuery.parse(req.query);
    const rows = await listPipelines(pool, { projectId, after: cursorOf(pageToken), limit: limit + 1 });
    res.json(pageOf(rows, limit, ({ id }) => id));
  });

  router.get('/pipelines/:pipeline', async (req, res) => {
    const { pipeline } = await pipelineOf(services, req, req.params.pipeline);
    res.json(shown(pipeline));
  });

  router.put('/pipelines/:pipeline', async (req, res) => {
    const { pipeline, caller } = await pipelineOf(services, req, req.params.pipeline);
    requireAdmin(caller);
    const { definition, warnings } = publishable(req, pipeline.live.nodes);
    await once(services, caller, req, res, definition, async (keyed) => {
      const broken = await brokenTriggers(pool, pipeline.id, definition);
      if (broken.length > 0) throw new Refusal('PIPELINE_INVALID', undefined, { problems: broken });
      const version = { versionId: idFor('ver', keyed), definition, plan: compilePlan(definition) };
      const number = await publishVersion(pool, pipeline.id, version);
      if (number === undefined) throw new Refusal('NAME_TAKEN');
      const all = [...warnings, ...overlaid(definition, pipeline.live.nodes)];
      return { status: 200, body: { id: pipeline.id, name: definition.name, version: number, warnings: all } };
    });
  });

  router.post('/pipelines/:pipeline/validate', async (req, res) => {
    const { pipeline } = await pipelineOf(services, req, req.params.pipeline);
    const { problems } = check(bodyOf(req), pipeline.live.nodes);
    res.json({ valid: !problems.some(({ severity }) => severity === 'error'), problems });
  });

  return router;
}
