// All workflows of the worker. Their names are in histories: never rename one.
export { dispatchEvents } from './dispatch-events.js';
export { freeWork } from './free-work.js';
export { fireTrigger } from './fire-trigger.js';
export { checkpoint } from './checkpoint.js';
export { endBatch } from './end-batch.js';
export { housekeeping } from './housekeeping.js';
export { importTasks } from './import-tasks.js';
export { migrateCycles } from './migrate-cycles.js';
export { reconcile } from './reconcile.js';
export { resumePipeline } from './resume-pipeline.js';
export { rerun } from './rerun.js';
export { rework } from './rework.js';
export { seeder } from './seeder.js';
export { taskCommand } from './task-command.js';
export { taskCycle } from './task-cycle.js';
