// The values that a vote's result stands for: those of the submission that won, with what won field by field in its place.

/** An empty field that nobody filled in is not put where there was none. */
export function overlaid(values: unknown, merged: Readonly<Record<string, unknown>> = {}): unknown {
  const given = Object.entries(merged).filter(([name, value]) => value !== null || Object.hasOwn(values ?? {}, name));
  return given.length === 0 ? values : { ...(values as object | null), ...Object.fromEntries(given) };
}
