// How often a property is tried. `npm test` tries the same examples each time, so that it says the same of the same code;
// `npm run proof -- --only properties` sets PROPERTY_RUNS and tries many new ones.
const many = Number(process.env['PROPERTY_RUNS'] ?? 0);

export const propertyRuns: { numRuns: number; seed?: number } =
  many > 0 ? { numRuns: many } : { numRuns: 200, seed: 20_261_121 };

/** Milliseconds; shrinking a found example takes a while. */
export const propertyTimeout = many > 0 ? 30 * 60_000 : 60_000;
