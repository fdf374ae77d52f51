// A cycle with its rework children, driven as the workflows drive them: children are opened when the cycle says so, and
// what they hold and report is told to it. People name nodes; the world finds the instance and the stream that has it.
import { progress } from '../../core/advance.js';
import { elapse } from '../../core/claims.js';
import type { CommandType } from '../../core/commands.js';
import { execute } from '../../core/decide.js';
import { endingEvents } from '../../core/ending.js';
import type { Decision } from '../../core/decision.js';
import type { CycleEvent } from '../../core/events.js';
import { openCycle, openRework } from '../../core/open.js';
import type { PipelineDefinition } from '../../core/pipeline.js';
import type { ExecutionReport, ExecutionResult } from '../../core/programs.js';
import { executedEvents, executionsOf } from '../../core/programs.js';
import type { Plan } from '../../core/plan-node.js';
import { compilePlan } from '../../core/plan.js';
import type { Actor, CommandAnswer, Instance, StreamState } from '../../core/state.js';
import { isOpen } from '../../core/state.js';
import type { Progress } from '../../core/advance.js';
import { aCommand, aSubmission, aTask, dawn } from '../support/builders.js';

type Body = Record<string, unknown>;
type Started = Extract<CycleEvent, { type: 'reworkStarted' }>;

export class World {
  now = dawn;
  /** All that happened, oldest first, with the stream it happened in. */
  readonly events: (CycleEvent & { stream: string })[] = [];
  readonly #streams = new Map<string, StreamState>();
  readonly #cycleId: string;
  #commands = 0;

  /** `plan` changes what the definition compiles to: plans of earlier releases have less in them. */
  constructor(definition: PipelineDefinition, plan: (compiled: Plan) => Plan = (compiled) => compiled) {
    const opened = openCycle(aTask(), plan(compilePlan(definition)), dawn);
    this.#cycleId = opened.state.workflowId;
    this.#take(opened);
  }

  get cycle(): StreamState {
    return this.stream(this.#cycleId);
  }

  get streams(): StreamState[] {
    return [...this.#streams.values()];
  }

  /** Rework children, oldest first. */
  get children(): StreamState[] {
    return this.streams.filter((stream) => stream.scope !== undefined);
  }

  /** The youngest rework child. */
  get child(): StreamState {
    const child = this.children.at(-1);
    if (!child) throw new Error('there is no rework child');
    return child;
  }

  stream(workflowId: string): StreamState {
    const stream = this.#streams.get(workflowId);
    if (!stream) throw new Error(`there is no stream ${workflowId}`);
    return stream;
  }

  /** The instance that stands for a node or has that id: open before ended, young before old. */
  instance(nodeOrId: string): Instance {
    const all = this.streams
      .flatMap((stream) => Object.values(stream.instances))
      .filter(({ id, node, parent }) => id === nodeOrId || (node === nodeOrId && parent === undefined))
      .reverse();
    const found = all.find(isOpen) ?? all[0];
    if (!found) throw new Error(`there is no instance of ${nodeOrId}`);
    return found;
  }

  #streamOf(instanceId: string): StreamState {
    const having = this.streams.filter(({ instances }) => Object.hasOwn(instances, instanceId));
    // As the API sends it: what an ended rework child had is the cycle's.
    return having.find(({ status }) => status === 'open') ?? this.cycle;
  }

  /** What a person tries at a node (or at an instance, by id). */
  tries(actor: Actor, type: CommandType, nodeOrId: string, more: Body = {}): Decision<CommandAnswer> {
    const instance = this.instance(nodeOrId);
    const stream = this.#streamOf(instance.id);
    this.#commands += 1;
    const command = aCommand(type, actor, instance.id, { id: `command-${String(this.#commands)}`, ...more });
    const executed = execute(stream, command, this.now);
    if (!executed.ok) return executed;
    this.#take(executed.value);
    return { ok: true, value: executed.value.answer };
  }

  /** What a person does; fails the test when it is refused. */
  does(actor: Actor, type: CommandType, nodeOrId: string, more: Body = {}): CommandAnswer {
    const decision = this.tries(actor, type, nodeOrId, more);
    if (decision.ok) return decision.value;
    const { code, detail } = decision.rejection;
    throw new Error(`${actor.id} may not ${type} ${nodeOrId}: ${code} ${detail ?? ''}`);
  }

  /** The code of the refusal, or `ok`. */
  codeOf(actor: Actor, type: CommandType, nodeOrId: string, more: Body = {}): string {
    const decision = this.tries(actor, type, nodeOrId, more);
    return decision.ok ? 'ok' : decision.rejection.code;
  }

  /** Claims and hands in. */
  labels(actor: Actor, node: string, more: Body = {}): CommandAnswer {
    this.does(actor, 'claim', node);
    return this.does(actor, 'submit', node, { submission: aSubmission(`${node} by ${actor.id}`), ...more });
  }

  /** Claims and gives a verdict. */
  judges(actor: Actor, node: string, verdict: 'approve' | 'reject', more: Body = {}): CommandAnswer {
    this.does(actor, 'claim', node);
    return this.does(actor, verdict, node, more);
  }

  /** Claims a slot and votes. */
  votes(actor: Actor, node: string, label: string, more: Body = {}): CommandAnswer {
    const slot = this.does(actor, 'claim', node).nodeInstanceId;
    return this.does(actor, 'vote', slot, {
      ballot: { label },
      submission: aSubmission(`${label} by ${actor.id}`),
      ...more,
    });
  }

  /** Time goes by, and what is due then happens. */
  passes(ms: number): void {
    this.now += ms;
    for (const { workflowId } of this.streams) {
      // What became due in one stream may have ended another.
      const stream = this.stream(workflowId);
      this.#take(progress(stream, elapse(stream, this.now), this.now));
    }
  }

  /** A stream hears of something that came from no person. */
  hears(event: CycleEvent, workflowId = this.#cycleId): void {
    this.#take(progress(this.stream(workflowId), [event], this.now));
  }

  /** The batch, or this item's share of it, is done: the checkpoint lets it go. */
  fires(node: string): void {
    this.hears({ type: 'checkpointFired', at: this.now, node });
  }

  /** A run of a program comes to something; one that was overtaken changes nothing. */
  reports(execution: string, report: ExecutionReport): void {
    const started = this.events.find((event) => event.type === 'executionStarted' && event.execution === execution);
    const stream = this.stream(started?.stream ?? this.#cycleId);
    this.#take(progress(stream, executedEvents(stream, execution, report, this.now), this.now));
  }

  /** The run that is under way at a node. */
  executionAt(node: string): string {
    const runs = this.streams.flatMap((stream) => executionsOf(stream));
    const run = runs.find(({ instance }) => instance.node === node);
    if (!run) throw new Error(`no program is at work at ${node}`);
    return run.execution;
  }

  /** The program at a node brings its work to an end. */
  answers(node: string, result: ExecutionResult = {}): void {
    this.reports(this.executionAt(node), { ok: true, result });
  }

  /** The attempts of the program at a node have failed. */
  fails(node: string, code = 'MODEL_REFUSED', detail?: string): void {
    this.reports(this.executionAt(node), { ok: false, code, detail });
  }

  /** Types of the events since `mark`, which is a length of `events`. */
  eventsOf<T extends CycleEvent['type']>(type: T): Extract<CycleEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as unknown as Extract<CycleEvent, { type: T }>[];
  }

  #take({ state, events }: Progress): void {
    const before = this.#streams.get(state.workflowId);
    this.#streams.set(state.workflowId, state);
    this.events.push(...events.map((event) => ({ ...event, stream: state.workflowId })));
    for (const event of events) {
      if (event.type === 'reworkStarted') this.#startChild(event);
      if (event.type === 'restarted' || event.type === 'overtaken')
        for (const child of event.dropped) this.#cancel(child);
    }
    if (state.scope) this.#tellCycle(before, state);
    else if (events.some(({ type }) => type === 'paused' || type === 'resumed')) this.#tellReworks(state);
  }

  /** Rework stands still with its cycle. */
  #tellReworks({ clock }: StreamState): void {
    for (const { workflowId } of this.children) this.hears({ type: 'clocked', at: this.now, clock }, workflowId);
  }

  /** As the workflow does when it is cancelled from outside. */
  #cancel(child: string): void {
    const state = this.stream(child);
    if (state.status === 'open')
      this.#take(progress(state, endingEvents(state, { how: 'discarded', at: this.now }), this.now));
  }

  /** A child that is there already is the one: its id cannot be used twice. */
  #startChild(event: Started): void {
    if (!this.#streams.has(event.child)) this.#streams.set(event.child, openRework(this.cycle, event));
  }

  #tellCycle(before: StreamState | undefined, after: StreamState): void {
    const child = after.workflowId;
    const held = heldIn(after);
    if (before && held !== heldIn(before) && after.status === 'open') {
      this.hears({ type: 'reworkHeld', at: this.now, child, held });
    }
    if (after.exit && !before?.exit) this.hears({ type: 'reported', at: this.now, child, exit: after.exit });
  }
}

function heldIn({ instances }: StreamState): 'escalated' | 'quarantined' | null {
  const statuses = Object.values(instances).map(({ status }) => status);
  if (statuses.includes('quarantined')) return 'quarantined';
  return statuses.includes('escalated') ? 'escalated' : null;
}
