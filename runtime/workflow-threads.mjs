// Loaded first into a worker process and its threads (`--import`): what the SDK does in threads that run workflows, and has no option
// for (ADR 28). Without this file a worker does the same work, more slowly. No TypeScript: those threads have no tsx.
import v8 from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Calls into a workflow's context that run the SDK's own code only; all workflow modules are loaded before. */
const ofTheSdk = ['initRuntime', 'initialize', 'concludeActivation', 'dispose'];

/** As the SDK (1.24) says what it is about to call; one that says it otherwise keeps its guard. */
function runsWorkflowCode(context) {
  const call = context.__temporal_args?.[1];
  if (call === 'tryUnblockConditions') return context.__TEMPORAL_ACTIVATOR__?.blockedConditions?.size !== 0;
  return !ofTheSdk.includes(call);
}

/** The guard against endless loops is a thread of its own for each call. It stays where workflow code runs. */
function guardWorkflowCodeOnly() {
  const run = Script.prototype.runInContext;
  Script.prototype.runInContext = function (context, options) {
    return run.call(this, context, runsWorkflowCode(context) ? options : { ...options, timeout: undefined });
  };
}

/** For the Call Stack tab of the Web UI the SDK makes a stack trace of each promise. A cycle says in its details what it waits for. */
function leavePromisesAlone() {
  // An object of its own: Node's asynchronous contexts, and so the SDK's cancellation scopes, use the original.
  v8.promiseHooks = { ...v8.promiseHooks, createHook: () => () => undefined };
}

if (isMainThread) {
  // For the heaps of threads to come: what one activation makes dies young, given the room (MB).
  v8.setFlagsFromString('--max-semi-space-size=64');
} else {
  guardWorkflowCodeOnly();
  leavePromisesAlone();
}
