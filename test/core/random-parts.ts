// What random pipelines are put together of.
import type { PipelineNode } from '../../core/pipeline.js';

export interface Part {
  nodes: PipelineNode[];
  edges: string[];
  entries: string[];
  /** Nodes, or nodes with an outcome, that lead on. */
  exits: string[];
}

/** Names are given when the whole is put together, so that they differ. */
export type Builder = (name: string) => Part;

export const single = (name: string, node: PipelineNode): Part => ({
  nodes: [node],
  edges: [],
  entries: [name],
  exits: [name],
});
