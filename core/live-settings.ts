// Settings of nodes that may change while cycles run: which of them a node has, and how they lie over those of a version.
import { defined } from './defined.js';
import { isObject } from './json.js';
import type {
  ExternalNode,
  LabelingNode,
  NodeKind,
  NodeSettings,
  PipelineDefinition,
  PipelineNode,
  ReviewNode,
} from './pipeline.js';
import type { Model, OnFailure, ProgramLimits } from './program-settings.js';

/** What of a node is a setting; everything else is structure, which takes a new version. */
export interface LiveSettings extends Omit<NodeSettings, 'model'> {
  limits?: ReviewNode['limits'];
  sample?: number | undefined;
  commentOnFail?: boolean | undefined;
  strict?: boolean | undefined;
  instructions?: string | undefined;
  timeout?: ExternalNode['timeout'];
  retry?: ProgramLimits['retry'];
  onFailure?: OnFailure | undefined;
  /** Of the model that the version has there. */
  model?: Partial<Model> | undefined;
}

export type SettingName = keyof LiveSettings;

const ofWork: SettingName[] = ['lease', 'due', 'retain', 'priority', 'excludePerformersOf', 'onSkip', 'handOnDrafts'];
const ofHandedIn: SettingName[] = [...ofWork, 'instructions', 'rerunOnStatusChange'];
const ofProgram: SettingName[] = ['rerunOnStatusChange', 'timeout', 'retry'];

function settingsOfKind(kind: NodeKind): SettingName[] {
  switch (kind) {
    case 'labeling':
      return ofHandedIn;
    case 'review':
      return [...ofHandedIn, 'limits', 'sample', 'commentOnFail', 'strict'];
    case 'consensus':
      return [...ofWork, 'instructions'];
    case 'consensus_review':
      return [...ofWork, 'instructions', 'limits'];
    case 'llm':
      return [...ofHandedIn, 'model', 'onFailure'];
    case 'external':
      return [...ofHandedIn, 'timeout'];
    case 'code':
    case 'chain':
      return ofProgram;
    case 'gate':
      return ['rerunOnStatusChange'];
    case 'start':
    case 'checkpoint':
    case 'end':
      return [];
  }
}

/** A model beside people; whether one is there is structure. */
const isStaffed = (node: PipelineNode): node is LabelingNode | ReviewNode =>
  (node.kind === 'labeling' || node.kind === 'review') && node.settings?.model !== undefined;

/** The settings that a node has. */
export const settingNames = (node: PipelineNode): SettingName[] => [
  ...settingsOfKind(node.kind),
  ...(isStaffed(node) ? (['model'] as const) : []),
];

/** Keys of the node itself; the others are in its `settings`. */
const ofNode: readonly string[] = [
  'limits',
  'sample',
  'commentOnFail',
  'strict',
  'instructions',
  'timeout',
  'retry',
  'onFailure',
];

/** Where a definition has a setting, within its node. */
export const settingPointer = ({ kind }: PipelineNode, name: string): string =>
  ofNode.includes(name) || (kind === 'llm' && name === 'model') ? `/${name}` : `/settings/${name}`;

/** `as` is structure: who does the work. */
function modelIn(node: PipelineNode): Partial<Model> | undefined {
  if (node.kind === 'llm') return node.model;
  if (!isStaffed(node) || !node.settings?.model) return undefined;
  const { as: _, ...model } = node.settings.model;
  return model;
}

/** What a node of a version says of its settings. */
export function settingsOf(node: PipelineNode): LiveSettings {
  const known: readonly string[] = settingNames(node);
  const all = { ...node.settings, ...node, model: modelIn(node) };
  return defined(Object.fromEntries(Object.entries(all).filter(([name]) => known.includes(name))));
}

export type LiveByNode = Readonly<Record<string, LiveSettings>>;

/** A merge patch (RFC 7396): objects field by field, everything else whole; null takes away. */
export function laidOver(own: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const next: Record<string, unknown> = isObject(own) ? { ...own } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(next, name);
    else if (value !== undefined) next[name] = laidOver(next[name], value);
  }
  return next;
}

/** A node with settings over its own; those that it has not lie idle. */
export function withLive(node: PipelineNode, live: LiveSettings): PipelineNode {
  const known: readonly string[] = settingNames(node);
  const laid = Object.entries(live).filter(([name]) => known.includes(name));
  const at = (inSettings: boolean): object =>
    Object.fromEntries(laid.filter(([name]) => settingPointer(node, name).startsWith('/settings/') === inSettings));
  return laidOver({ ...node, settings: { ...node.settings } }, { ...at(false), settings: at(true) }) as PipelineNode;
}

/** A definition with the settings that are in force. */
export const inForce = (definition: PipelineDefinition, live: LiveByNode): PipelineDefinition => ({
  ...definition,
  nodes: definition.nodes.map((node) => {
    const own = Object.hasOwn(live, node.key) ? live[node.key] : undefined;
    return own ? withLive(node, own) : node;
  }),
});
