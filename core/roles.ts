// Who may do what in a project.
import type { NodeKind } from './pipeline.js';
import { nodeKinds } from './pipeline.js';

export const roles = ['admin', 'team_manager', 'annotator', 'reviewer', 'annotator_reviewer'] as const;
export type Role = (typeof roles)[number];

export const isManager = (role: Role): boolean => role === 'admin' || role === 'team_manager';

const annotators: readonly Role[] = ['admin', 'team_manager', 'annotator', 'annotator_reviewer'];
const reviewers: readonly Role[] = ['admin', 'team_manager', 'reviewer', 'annotator_reviewer'];

/** Whether a role takes work at a kind of node. */
export function mayWork(role: Role, kind: NodeKind): boolean {
  switch (kind) {
    case 'labeling':
    case 'consensus':
    case 'llm':
    case 'external':
      return annotators.includes(role);
    case 'review':
    case 'consensus_review':
      return reviewers.includes(role);
    case 'start':
    case 'code':
    case 'gate':
    case 'chain':
    case 'checkpoint':
    case 'end':
      return false;
  }
}

/** The kinds of nodes that a role takes work at. */
export const kindsOf = (role: Role): NodeKind[] => nodeKinds.filter((kind) => mayWork(role, kind));

/** Who takes work at a kind of node. */
export const rolesAt = (kind: NodeKind): Role[] => roles.filter((role) => mayWork(role, kind));

/** Whether a role judges others' work, and so may see it. */
export const mayReview = (role: Role): boolean => reviewers.includes(role);
