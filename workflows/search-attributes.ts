// Typed keys of the search attributes that change while a cycle runs.
import { defineSearchAttributeKey } from '@temporalio/common';

export const statusAttribute = defineSearchAttributeKey('TaskloomStatus', 'KEYWORD');
export const nodesAttribute = defineSearchAttributeKey('TaskloomNodes', 'KEYWORD_LIST');
export const waitingForAttribute = defineSearchAttributeKey('TaskloomWaitingFor', 'KEYWORD_LIST');
export const priorityAttribute = defineSearchAttributeKey('TaskloomPriority', 'DOUBLE');
