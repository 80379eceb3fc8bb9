/** What the small demonstration leaves for the fault tests. */

/** A leg whose registered payment the bank has not reported yet; amount in fen. */
export interface WaitingLeg {
  readonly draftId: string;
  readonly legId: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly payerAccount: string;
  readonly payeeAccount: string;
  readonly amountFen: string;
}

/** Content of `fault-setup.json` in the data folder. */
export interface FaultSetup {
  /** Today in Beijing when it was loaded. */
  readonly today: string;
  /** HMAC secret by bank. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly legs: readonly WaitingLeg[];
}
