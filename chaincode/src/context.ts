/** The part of fabric-contract-api's transaction context that the contracts use, so that a test can stand in for it. */

/** One entry of a range. */
interface RangeEntry {
  readonly key: string;
  readonly value: Uint8Array;
}
/** What a range read returns; `value` of the last step is absent. */
export interface RangeIterator {
  next(): Promise<{ readonly value?: RangeEntry | undefined; readonly done?: boolean | undefined }>;
  close(): Promise<unknown>;
}

/** World state, transaction id and event of one transaction. */
export interface StateStub {
  getTxID(): string;
  /** `seconds` is fabric-shim's long integer, or a number. */
  getTxTimestamp(): { readonly seconds: { toNumber(): number } | number; readonly nanos: number };
  getFunctionAndParameters(): { readonly fcn: string };
  getState(key: string): Promise<Uint8Array>;
  /** Told which keys are read soon, a stub may fetch them together; what is read stays the same. */
  expect?(keys: readonly string[]): void;
  putState(key: string, value: Uint8Array): Promise<void>;
  getStateByPartialCompositeKey(objectType: string, attributes: string[]): Promise<RangeIterator>;
  setEvent(name: string, payload: Uint8Array): void;
}

/** The certificate of the caller as the shim reads it. */
export interface CertificateIdentity {
  /** `x509::/OU=client/CN=alice::/…issuer`. */
  getID(): string;
  getMSPID(): string;
  getAttributeValue(name: string): string | null;
}

/** First parameter of every transaction function. */
export interface ContractContext {
  readonly stub: StateStub;
  readonly clientIdentity: CertificateIdentity;
}
