// How often a property is tried. `npm test` tries the same examples each time, so that it says the same of the same code;
// `npm run proof -- --only properties` sets PROPERTY_RUNS and tries many new ones.
const many = Number(process.env['PROPERTY_RUNS'] ?? 0);

/** Left out where new examples are wanted. */
export const propertySeed = many > 0 ? undefined : 20_261_121;

export const propertyRuns: { numRuns: number } = { numRuns: many > 0 ? many : 200 };

/** Milliseconds; shrinking a found example takes a while. */
export const propertyTimeout = many > 0 ? 30 * 60_000 : 60_000;
