// `npm run proof [-- --only name,name]`: the full sizes, one after another; the figures go into docs/performance.md.
import { parseArgs } from 'node:util';
import { items } from './items.js';
import type { Figure, Item } from './item.js';
import { held } from './item.js';
import { rowsOf, writePage } from './page.js';

const { values: options } = parseArgs({ options: { only: { type: 'string' } } });
const stopping = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) {
  process.on(event, () => {
    stopping.abort(new Error('stopped'));
  });
}
process.channel?.unref();
// What an item that failed leaves behind must not end those after it.
process.on('unhandledRejection', (error) => {
  console.error(error);
});

process.exitCode = await main();
// A kept connection or a timer of some library must not keep us from ending.
process.exit();

function chosen(): Item[] {
  if (options.only === undefined) return items;
  const names = options.only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !items.some((item) => item.name === name));
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')}. There are: ${items.map(({ name }) => name).join(', ')}.`);
  }
  return items.filter(({ name }) => names.includes(name));
}

/** An item that fails is a figure like others, so that the ones after it run. */
async function figuresOf(item: Item): Promise<Figure[]> {
  const bound = AbortSignal.timeout(item.boundMs);
  const signal = AbortSignal.any([bound, stopping.signal]);
  const failed = (figure: string): Figure[] => [held(false, { what: 'the run', size: 'all', figure, target: 'ends' })];
  try {
    const figures = await item.run(signal, (text) => {
      console.error(`  ${text}`);
    });
    return figures.length === 0 ? failed('no figures') : figures;
  } catch (error) {
    stopping.signal.throwIfAborted();
    console.error(error);
    if (bound.aborted) return failed(`not over within ${String(item.boundMs / 60_000)} min`);
    return failed(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

async function main(): Promise<number> {
  let missed = 0;
  try {
    const date = new Date().toISOString().slice(0, 10);
    for (const item of chosen()) {
      console.log(`${item.name} …`);
      const figures = await figuresOf(item);
      for (const { what, size, figure, target, verdict } of figures) {
        console.log(`  ${verdict.padEnd(9)} ${what} (${size}): ${figure}; target ${target}`);
      }
      missed += figures.filter(({ verdict }) => verdict === 'missed').length;
      const order = items.map(({ name }) => name);
      await writePage(order, new Map([[item.name, rowsOf(item.name, figures, date)]]));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
  console.log(missed === 0 ? 'Every figure meets its target.' : `${String(missed)} figures miss their targets.`);
  return missed === 0 ? 0 : 1;
}
