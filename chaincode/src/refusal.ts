/** The refusals of every contract: one list of codes, each with the sentence that says when it is given. */

/** Every refusal code and when it is given. docs/contracts.md carries this list. */
export const refusalCodes = {
  INVALID_ARGUMENT: 'The argument is not the JSON object that the function takes.',
  NOT_A_MEMBER: 'The certificate names no registered user, or disagrees with the record of that user.',
  USER_DISABLED: 'The user, or the organisation the user belongs to, is not active.',
  MSP_MISMATCH: 'The role does not belong to the membership provider that issued the certificate.',
  ROLE_NOT_ALLOWED: 'The role of the caller may not do this.',
  POST_MISSING: 'The caller does not hold the post (handle, check, decide) that this step needs.',
  OUT_OF_SCOPE: 'The object lies outside the division of the caller, or the caller is no party to it.',
  SAME_PERSON: 'The caller did an earlier step on this object; another person must do this one.',
  REQUEST_REUSED: 'The request id was used before, for another call or by another caller.',
  NOT_FOUND: 'No such object is on the ledger.',
  ALREADY_EXISTS: 'An object with this identifier is on the ledger already.',
  ALREADY_BOOTSTRAPPED: 'The first organisation is registered already.',
  WRONG_STATE: 'The object is not in a state in which this step may be done.',
  CONTENT_CHANGED: 'The content hash is not the one of the content that stands on the ledger.',
  SUM_MISMATCH: 'The parts do not add up to the whole.',
  PLAN_FAULT: 'The plan does not follow from the project and its fund; the details name each fault.',
  REFERENCE_INVALID:
    'An organisation, fund, call or account that is referred to is missing, inactive or of another kind.',
  ACCOUNT_NOT_CONFIRMED: 'A bank account in the plan is not registered and confirmed as it stands there.',
  AMOUNT_OVER_LIMIT: 'The amount is above the limit that applies.',
  SIGNATURE_INVALID: 'The signature of the issuer does not verify over the immutable fields of the draft.',
  NOT_PAYER: 'Only the organisation that pays the leg may do this.',
  FLOW_NOT_OWN_BANK: 'A bank reports movements of its own accounts only.',
  LEG_TAKEN: 'Another serial number is registered for this leg; it must be withdrawn first.',
  CHECKS_FAILED: 'A check that no two persons can set aside does not hold; the details name it.',
  NAMED_UNIT: 'The alert names the unit of the caller; another unit must do this.',
  LAST_ADMIN: 'This would leave an administrator role without an active person.',
} as const;
export type RefusalCode = keyof typeof refusalCodes;

/** What a refusal's message holds, as JSON. */
export interface RefusalBody {
  readonly code: RefusalCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A contract says no and writes nothing. The message is JSON `{"code","message","details"}`; details hold ids, never amounts or names. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: RefusalCode, details: Readonly<Record<string, unknown>> = {}) {
    const body: RefusalBody = { code, message: refusalCodes[code], details };
    super(JSON.stringify(body));
    this.code = code;
    this.details = details;
  }
}
