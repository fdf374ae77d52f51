// The one catalogue of refusals: code → HTTP status and a message that says what to do. docs/rejections.md mirrors it.

export const rejections = {
  // Refused by a cycle's rules.
  ALREADY_CLAIMED: [409, 'You hold this work already. Go on with it, or release it first.'],
  CLAIM_HELD: [409, 'Somebody else holds this work. Claim another, or ask them to release it.'],
  COMMENT_REQUIRED: [422, 'A rejection at this review needs a comment. Say what is wrong and send it again.'],
  CONSENSUS_CLOSED: [409, 'This vote is decided; the answer can no longer count. Claim other work.'],
  FOREIGN_RESERVATION: [
    409,
    'This work is kept for the person who did it before. Claim another, or try again once it is freed.',
  ],
  INVALID_ACTION: [422, 'This node does not know that action. Send one of the actions of the node.'],
  LEASE_LOST: [409, 'Your lease ended and somebody else holds this work now. Your values are kept as your draft.'],
  MALFORMED_COMMAND: [422, 'The command could not be read. Correct the field that is named and send it again.'],
  MIGRATION_REFUSED: [409, 'The cycle can not go on in that version. It stays in the one it is in.'],
  NODE_CLOSED: [409, 'This node instance takes no more work. Read the task for its present state.'],
  NODE_HELD: [409, 'This work is held for an admin. It goes on once somebody resolves or de-escalates it.'],
  NODE_UNKNOWN: [404, 'There is no such node instance. Read the nodes of the task for the ids that exist.'],
  NODE_PAUSED: [409, 'This node is paused. What you hold may be handed in; claim again once it is resumed.'],
  NOT_AUTHOR: [403, 'Somebody else did this work. Only its author may do that, or a manager where the route says so.'],
  NOT_CLAIMED: [409, 'Nobody holds this work. Claim it first.'],
  NOT_ESCALATED: [409, 'This work is not escalated, so there is nothing to undo or resolve.'],
  NOT_HOLDER: [403, 'Somebody else holds this work. Only the holder, a team manager or an admin may do that.'],
  NOT_MOVABLE: [409, 'A vote is worked through its slots: claim and vote instead.'],
  ONE_VOTE_EACH: [409, 'You have a slot in this round already. One person has one vote.'],
  OPTION_UNKNOWN: [
    422,
    'That is none of the answers voted for. Pick one of the options of the work, or hand in values.',
  ],
  PERFORMER_EXCLUDED: [
    409,
    'You did an earlier step of this task that rules you out here, or skipped this one. Somebody else has to do it.',
  ],
  PIPELINE_PAUSED: [409, 'This pipeline is paused. Try again once a manager has resumed it.'],
  REOPEN_REFUSED: [
    409,
    'This can not be opened again as it stands. The detail says why; read the task and decide anew.',
  ],
  STALE_TASK: [409, 'It changed since you read it. Read it again and decide anew.'],
  TAKEN_UP: [409, 'Somebody has begun what follows your work already. Ask a manager to reopen it.'],
  TASK_PAUSED: [409, 'This task is paused. What you hold may be handed in; claim other work meanwhile.'],
  UNKNOWN_MESSAGE: [422, 'A cycle knows no message of that name. See docs/glossary.md for the names.'],
  // Refused before a cycle is asked.
  BUSY: [429, 'Too many commands wait for this task. Try again in a moment with the same Idempotency-Key.'],
  BODY_TOO_LARGE: [413, 'The body is larger than this route takes. Send less, or import in parts.'],
  CYCLE_OPEN: [409, 'The task is still under way. Wait for its end, or send replace: true to end it now.'],
  CSV_INVALID: [422, 'The file could not be imported. Correct the lines that are named and send it again.'],
  DUPLICATE_TASK: [
    409,
    'This pipeline refuses tasks that are there already, and at least one of these is. Leave out those that are named.',
  ],
  ENTRY_CLOSED: [409, 'This seeder or trigger has ended or is paused. Read it for its present state.'],
  FIELDS_UNCHANGED: [
    422,
    'Fields that the review failed are as they were. Change those that are named, or say in answers why not.',
  ],
  FORBIDDEN: [403, 'Your role may not do that. Ask an admin of the project.'],
  FORM_INVALID: [422, 'The values do not fit the form of this node. Correct the fields that are named.'],
  IDEMPOTENCY_KEY_REUSED: [
    422,
    'This Idempotency-Key was used for another request or by another person. Use a new one.',
  ],
  INVALID_JSON: [400, 'The body is not valid JSON.'],
  INVALID_REQUEST: [422, 'The request has fields that are missing, unknown or wrong. Correct those that are named.'],
  JSON_LINES_INVALID: [422, 'The file could not be imported. Correct the lines that are named and send it again.'],
  MEMBER_EXISTS: [409, 'There is a member with that email already.'],
  NAME_TAKEN: [409, 'That name is taken in this project. Choose another, or update the existing one.'],
  NOT_FOUND: [404, 'There is nothing here that you may see.'],
  PENDING: [202, 'The command is on its way. Ask again with the same Idempotency-Key for its answer.'],
  PIPELINE_INVALID: [422, 'The pipeline definition has problems. Correct those that are named and send it again.'],
  RERUN_REFUSED: [409, 'The task can not be run again like that. The detail says why: name another node, or restart.'],
  UNAUTHORIZED: [401, 'Send an API key that is valid: Authorization: Bearer <key>.'],
  UNAVAILABLE: [
    503,
    'A part of the service did not answer in time. Try again with the same Idempotency-Key: it has one effect.',
  ],
  UNSUPPORTED_MEDIA_TYPE: [415, 'This route does not read that content type.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type RejectionCode = keyof typeof rejections;

export function isRejectionCode(code: unknown): code is RejectionCode {
  return typeof code === 'string' && Object.hasOwn(rejections, code);
}
