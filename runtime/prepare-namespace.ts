// Registers what the product needs of a Temporal namespace: its search attributes. Safe to run from many processes at once.
import type { Connection } from '@temporalio/client';
import { searchAttributeKinds } from '../core/search-attributes.js';

/** Temporal's numbers for the kinds of search attributes (temporal.api.enums.v1.IndexedValueType). */
const kindNumbers = { KEYWORD: 2, DOUBLE: 4, DATETIME: 6, KEYWORD_LIST: 7 } as const;

export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributeKinds).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, kind]) => [name, kindNumbers[kind]])),
  });
}
