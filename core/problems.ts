// What is wrong with a pipeline definition, and where.

export interface Problem {
  /** JSON pointer (RFC 6901) into the definition. */
  pointer: string;
  message: string;
  /** Warnings don't keep a definition from being published. */
  severity: 'error' | 'warning';
}

export type Report = (pointer: string, message: string, severity?: Problem['severity']) => void;
