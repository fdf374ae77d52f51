// The generators that seeders may name. Add yours here: given a cursor, it answers with the items from there on.
// The same cursor may be asked for again after a failure, and has to give the same items then.
import { counting } from './counting.js';

export interface GeneratorInput {
  /** Null at the beginning. */
  cursor: string | null;
  /** As the seeder was made with. */
  input: unknown;
}

export interface ItemPage {
  /** Tasks, as the API takes them; at most 1,000. */
  items: unknown[];
  /** Where to go on; null at the end. */
  next: string | null;
}

export type ItemGenerator = (ask: GeneratorInput, signal: AbortSignal) => ItemPage | Promise<ItemPage>;

export const generators: Readonly<Record<string, ItemGenerator>> = { counting };
