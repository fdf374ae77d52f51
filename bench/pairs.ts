// Interleaved pairs: each figure of the product next to one of the bare workflow, so that a busy machine slows both.
import { runBare } from './bare-side.js';
import { runCycles, storeRows } from './cycle-side.js';
import { median, spread } from './figures.js';
import { runHttp } from './http-side.js';
import type { Scene } from './scene.js';

export interface PairsOptions {
  pairs: number;
  cycles: number;
  atOnce: number;
  say: (line: string) => void;
}

export interface Paired {
  ratio: number;
  spread: [min: number, max: number];
  perSecond: number;
}

export interface PairsResult {
  cycle: Paired;
  http: Paired;
  bare: { perSecond: number };
  /** Workflow ids of the last samples. */
  last: { bare: string[]; cycle: string[] };
}

interface Pair {
  bare: number;
  product: number;
}

export async function runPairs(scene: Scene, { pairs, cycles, atOnce, say }: PairsOptions): Promise<PairsResult> {
  const last = { bare: [] as string[], cycle: [] as string[] };
  const sides = {
    bare: async () => {
      const { perSecond, ids } = await runBare(scene, cycles, atOnce);
      last.bare = ids;
      return perSecond;
    },
    cycle: async () => {
      const { perSecond, ids } = await runCycles(scene, await storeRows(scene, cycles), atOnce);
      last.cycle = ids;
      return perSecond;
    },
    http: () => runHttp(scene, cycles, atOnce),
  };
  // The first of everything is slow: code is compiled, pools are filled.
  for (const side of [sides.bare, sides.cycle, sides.http]) await side();
  const cyclePairs: Pair[] = [];
  const httpPairs: Pair[] = [];
  for (let round = 0; round < pairs; round += 1) {
    const isBareFirst = round % 2 === 0;
    cyclePairs.push(await onePair(sides.bare, sides.cycle, isBareFirst));
    httpPairs.push(await onePair(sides.bare, sides.http, isBareFirst));
    say(
      `pair ${String(round + 1)} of ${String(pairs)}: cycle ${shown(cyclePairs.at(-1))}, http ${shown(httpPairs.at(-1))}`,
    );
  }
  const bare = median([...cyclePairs, ...httpPairs].map((pair) => pair.bare));
  return { cycle: paired(cyclePairs), http: paired(httpPairs), bare: { perSecond: bare }, last };
}

async function onePair(
  bare: () => Promise<number>,
  product: () => Promise<number>,
  isBareFirst: boolean,
): Promise<Pair> {
  if (isBareFirst) return { bare: await bare(), product: await product() };
  return { product: await product(), bare: await bare() };
}

const ratioOf = ({ bare, product }: Pair): number => product / bare;

const shown = (pair: Pair | undefined): string =>
  pair ? `${pair.product.toFixed(1)}/${pair.bare.toFixed(1)} = ${ratioOf(pair).toFixed(2)}` : '';

function paired(pairs: readonly Pair[]): Paired {
  const ratios = pairs.map(ratioOf);
  return { ratio: median(ratios), spread: spread(ratios), perSecond: median(pairs.map(({ product }) => product)) };
}
