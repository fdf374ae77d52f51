// Which tasks a sampled review looks at: decided by the task's id and the node alone, so that nobody can choose, and a replay
// or a second look decides the same.

/** FNV-1a over UTF-16 units, mixed at the end so that ids that differ in one sign are far apart; 0 to 2³² − 1. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether a review with that share looks at a task. */
export function isSampled(taskId: string, node: string, share: number): boolean {
  return hash32(`${taskId} ${node}`) / 0x1_0000_0000 < share;
}
