// What a proof is made of: items that run one after another, each with a bound, each giving figures.

export interface Figure {
  what: string;
  size: string;
  figure: string;
  /** `–` for what is published only. */
  target: string;
  verdict: 'ok' | 'missed' | 'published';
}

export interface Item {
  name: string;
  boundMs: number;
  run(signal: AbortSignal, say: (line: string) => void): Promise<Figure[]>;
}

/** The part of a figure that does not change from one to the next of a kind. */
type Measured = Omit<Figure, 'verdict'>;

export const held = (met: boolean, figure: Measured): Figure => ({ ...figure, verdict: met ? 'ok' : 'missed' });

export const published = (figure: Omit<Measured, 'target'>): Figure => ({
  ...figure,
  target: '–',
  verdict: 'published',
});
