// The version that a sender has seen: in the body, or by If-Match, as the ETag of an answer says it.
import type { Request } from 'express';

export function expectedVersion(req: Request, inBody: number | undefined): number | undefined {
  const header = /^"?(\d+)"?$/.exec(req.get('if-match') ?? '')?.[1];
  return header === undefined ? inBody : Number(header);
}
