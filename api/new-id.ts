// Opaque ids that sort by the time they were made, so that keyset pages follow creation.
import { v7 } from 'uuid';

export type IdPrefix = 'prj' | 'mem' | 'key' | 'pip' | 'ver' | 'bat' | 'tsk' | 'chg';

export function newId(prefix: IdPrefix): string {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}
