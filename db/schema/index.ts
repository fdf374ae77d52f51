// All tables, for drizzle-kit and for the connection.
export * from './checkpoints.js';
export * from './comments.js';
export * from './entry.js';
export * from './executions.js';
export * from './migrations.js';
export * from './pipelines.js';
export * from './projects.js';
export * from './record.js';
export * from './tasks.js';
export * from './work.js';
