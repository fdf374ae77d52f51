// ISO 8601 durations (days and shorter, whose length does not depend on a calendar) ↔ milliseconds.

const form = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000] as const;

/** A hundred years: dates further on cannot be told. */
const longestMs = 36_525 * 86_400_000;

/** Milliseconds of a duration such as `PT30M` or `P1DT12H`; undefined when it is none, empty, or has months or years. */
export function durationMs(text: string): number | undefined {
  const parts = form.exec(text)?.slice(1);
  if (!parts || text === 'P' || text.endsWith('T')) return undefined;
  const ms = Math.round(unitsMs.reduce((total, unit, index) => total + Number(parts[index] ?? 0) * unit, 0));
  return ms <= longestMs ? ms : undefined;
}

/** The same, or another number of milliseconds where no duration is given or it is none. */
export const durationOr = (text: string | undefined, otherwiseMs: number): number =>
  text === undefined ? otherwiseMs : (durationMs(text) ?? otherwiseMs);
