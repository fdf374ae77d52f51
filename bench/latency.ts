// How long one HTTP action (claim-next, submit, approve) takes with 1, 16 and 64 people at work.
import { percentile, round } from './figures.js';
import { runHttp, storeTasks } from './http-side.js';
import type { Scene } from './scene.js';

export interface Latency {
  p50: number;
  p99: number;
  actions: number;
}

export async function measureLatency(scene: Scene, isQuick: boolean): Promise<Record<string, Latency>> {
  const results: Record<string, Latency> = {};
  for (const atOnce of [1, 16, 64]) {
    const cycles = Math.max(atOnce, 32) * (isQuick ? 1 : 3);
    await storeTasks(scene, cycles);
    const times: number[] = [];
    await runHttp(scene, cycles, atOnce, { stored: true, took: (milliseconds) => times.push(milliseconds) });
    const [p50, p99] = [round(percentile(times, 0.5), 1), round(percentile(times, 0.99), 1)];
    results[String(atOnce)] = { p50, p99, actions: times.length };
  }
  return results;
}
