// The search attributes of a cycle, by which the Temporal Web UI and the CLI find it. Kept in core so that starter,
// workflow and server set-up agree on names and kinds.

export const searchAttributeKinds = {
  TaskloomProject: 'KEYWORD',
  TaskloomPipeline: 'KEYWORD',
  TaskloomTask: 'KEYWORD',
  TaskloomStatus: 'KEYWORD',
  TaskloomNodes: 'KEYWORD_LIST',
  TaskloomWaitingFor: 'KEYWORD_LIST',
  TaskloomPriority: 'DOUBLE',
  TaskloomDue: 'DATETIME',
} as const;
