// A task's place among all tasks at a node, 0 to 1: always the same for the same task and node, evenly spread over tasks.

/** FNV-1a with a final mix (the 32-bit finalizer of MurmurHash3), as neighbouring ids must not stay neighbours. */
function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export const shareOf = (taskId: string, node: string): number => hash(`${taskId}\n${node}`) / 2 ** 32;
