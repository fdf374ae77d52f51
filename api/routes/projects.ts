// Projects, their members, and API keys.
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { createKey, createMember, createProject, updateMember, updateProject } from '../contract/projects.js';
import { pageOf, pageQuery, cursorOf } from '../contract/pagination.js';
import { findProject } from '../../db/queries/projects.js';
import { listKeys, listMembers } from '../../db/queries/members.js';
import { addKey, addMember, changeMember, removeMember, revokeKey } from '../../db/writes/members.js';
import { addProject, renameProject } from '../../db/writes/projects.js';
import { sha256 } from '../../language/hashing.js';
import { once } from '../idempotency.js';
import type { Caller } from '../middleware/authenticate.js';
import { memberOf, requireAdmin, requireManager, requireOperator } from '../middleware/authenticate.js';
import { idFor, newId } from '../new-id.js';
import { Refusal } from '../problem.js';
import type { Services } from '../services.js';

/** A secret is shown once and stored as its hash. */
const newSecret = (): string => `tl_${randomBytes(24).toString('base64url')}`;

export function projectRoutes(services: Services): Router {
  const router = Router();
  addProjects(router, services);
  addMembers(router, services);
  addKeys(router, services);
  return router;
}

function addProjects(router: Router, { pool }: Services): void {
  router.post('/projects', async (req, res) => {
    requireOperator(req);
    const body = createProject.parse(req.body);
    const [projectId, memberId, keyId, secret] = [newId('prj'), newId('mem'), newId('key'), newSecret()];
    const admin = { id: memberId, email: body.admin.email, name: body.admin.name ?? null, role: 'admin' as const };
    const added = await addProject(pool, {
      id: projectId,
      name: body.name,
      admin,
      key: { id: keyId, name: 'first key', hash: sha256(secret) },
    });
    if (!added) throw new Refusal('NAME_TAKEN');
    res
      .status(201)
      .json({ id: projectId, name: body.name, admin: { id: memberId, email: admin.email }, apiKey: secret });
  });

  router.get('/projects/:project', async (req, res) => {
    memberOf(req, req.params.project);
    res.json(await findProject(pool, req.params.project));
  });

  router.patch('/projects/:project', async (req, res) => {
    requireAdmin(memberOf(req, req.params.project));
    const { name } = updateProject.parse(req.body);
    if (!(await renameProject(pool, req.params.project, name))) throw new Refusal('NAME_TAKEN');
    res.json(await findProject(pool, req.params.project));
  });
}

function addMembers(router: Router, services: Services): void {
  const { pool, client } = services;

  /** What they hold, or what is kept for them, where they can work no longer is others'. */
  const freeing =
    ({ projectId, memberId: by }: Caller, memberId: string) =>
    (): Promise<void> =>
      client.startFreeWork({ projectId, memberId, by, changeId: newId('chg') });

  router.get('/projects/:project/members', async (req, res) => {
    requireManager(memberOf(req, req.params.project));
    const { limit, pageToken } = pageQuery.parse(req.query);
    const page = { projectId: req.params.project, after: cursorOf(pageToken), limit: limit + 1 };
    res.json(pageOf(await listMembers(pool, page), limit, ({ id }) => id));
  });

  router.post('/projects/:project/members', async (req, res) => {
    const caller = requireAdmin(memberOf(req, req.params.project));
    const body = createMember.parse(req.body);
    await once(services, caller, req, res, body, async (keyed) => {
      const asked = { ...body, id: idFor('mem', keyed), name: body.name ?? null };
      const member = await addMember(pool, caller.projectId, asked, keyed.again);
      if (!member) throw new Refusal('MEMBER_EXISTS');
      return { status: 201, body: member };
    });
  });

  router.patch('/projects/:project/members/:member', async (req, res) => {
    const caller = requireAdmin(memberOf(req, req.params.project));
    const { member } = req.params;
    const change = updateMember.parse(req.body);
    const changed = await changeMember(pool, caller.projectId, member, change, freeing(caller, member));
    if (!changed) throw new Refusal('NOT_FOUND');
    res.json(changed);
  });

  router.delete('/projects/:project/members/:member', async (req, res) => {
    const caller = requireAdmin(memberOf(req, req.params.project));
    if (caller.memberId === req.params.member) throw new Refusal('FORBIDDEN', 'nobody removes themselves');
    const { member } = req.params;
    if (!(await removeMember(pool, caller.projectId, member, freeing(caller, member)))) throw new Refusal('NOT_FOUND');
    res.status(204).end();
  });
}

function addKeys(router: Router, { pool }: Services): void {
  router.get('/projects/:project/api-keys', async (req, res) => {
    requireAdmin(memberOf(req, req.params.project));
    const { limit, pageToken } = pageQuery.parse(req.query);
    const page = { projectId: req.params.project, after: cursorOf(pageToken), limit: limit + 1 };
    res.json(pageOf(await listKeys(pool, page), limit, ({ id }) => id));
  });

  router.post('/projects/:project/api-keys', async (req, res) => {
    const caller = requireAdmin(memberOf(req, req.params.project));
    const body = createKey.parse(req.body);
    // Not replayed for an Idempotency-Key: that would keep the secret.
    const secret = newSecret();
    const key = { id: newId('key'), name: body.name, memberId: body.memberId, expiresAt: body.expiresAt ?? null };
    if (!(await addKey(pool, caller.projectId, { ...key, hash: sha256(secret) }))) throw new Refusal('NOT_FOUND');
    res.status(201).json({ ...key, apiKey: secret });
  });

  router.delete('/projects/:project/api-keys/:key', async (req, res) => {
    requireAdmin(memberOf(req, req.params.project));
    if (!(await revokeKey(pool, req.params.project, req.params.key))) throw new Refusal('NOT_FOUND');
    res.status(204).end();
  });
}
