import { z } from 'zod';
import { roles } from '../../core/roles.js';

const name = z.string().trim().min(1).max(200);
const email = z.email().max(200);

export const createProject = z.strictObject({
  name,
  /** The first admin; gets the project's first API key. */
  admin: z.strictObject({ email, name: name.optional() }),
});

export const updateProject = z.strictObject({ name });

export const createMember = z.strictObject({ email, name: name.optional(), role: z.enum(roles) });
export const updateMember = z.strictObject({ name: name.optional(), role: z.enum(roles).optional() });

export const createKey = z.strictObject({
  memberId: z.string().max(60),
  name: name.default('API key'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
