/** What somebody asked for and the bank will not do, with the sentence for that person. */

/** Kinds of refusal; the web turns each into its status. */
export type FaultKind = 'bad-input' | 'not-found' | 'conflict' | 'not-ready';

/** A refusal that changed nothing. */
export class Fault extends Error {
  override name = 'Fault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}
