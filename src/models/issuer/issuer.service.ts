/** Signs drafts for their issuer with SM2 and hands out draft numbers. */
import { sm2 } from 'sm-crypto-v2';
import { draftNumber } from '#kernel/draft-number.ts';
import { draftToSign, signingText, type DraftIssue } from '#kernel/new-draft.ts';
import { DomainError } from '../kernel/errors.ts';
import type { Sealer } from '../../sealer.ts';
import { DraftSerialModel, IssuerKeyModel } from './issuer.schema.ts';

/** What signing as an issuer needs from outside. */
export interface IssuerServiceDeps {
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** What the deciding person's transaction carries besides the decision. */
export interface SignedIssue {
  readonly draftId: string;
  readonly issuedOn: string;
  /** SM2 over SM3, DER, hex. */
  readonly instructionSign: string;
}

/** Keeps the issuers' signing keys and signs drafts with them. */
export class IssuerService {
  readonly #deps: IssuerServiceDeps;

  constructor(deps: IssuerServiceDeps) {
    this.#deps = deps;
  }

  /** Makes the organisation's key, or returns the public half of the one it has. */
  async ensureKey(orgId: string): Promise<string> {
    const pair = sm2.generateKeyPairHex();
    const key = {
      publicKey: pair.publicKey,
      sealedPrivateKey: this.#deps.sealer.seal(pair.privateKey),
      createdAt: this.#deps.now(),
    };
    const kept = await IssuerKeyModel.findOneAndUpdate(
      { _id: orgId },
      { $setOnInsert: key },
      { upsert: true, returnDocument: 'after' },
    ).lean();
    return kept.publicKey;
  }

  /**
   * Numbers and signs the draft of a reviewed project.
   * @param issuedOn date of issue in Beijing
   * @throws DomainError NO_ISSUER_KEY
   */
  async sign(project: DraftIssue['project'], issuerOrgId: string, issuedOn: string): Promise<SignedIssue> {
    const key = await IssuerKeyModel.findById(issuerOrgId).lean();
    if (key === null) throw new DomainError('NO_ISSUER_KEY', `${issuerOrgId} has no signing key`);
    const draftId = await this.#nextNumber(project.division, issuedOn);
    const text = signingText(
      draftToSign({ project, draftId, issuedOn, issuerOrgId, issuerPublicKey: key.publicKey }),
    );
    const privateKey = this.#deps.sealer.open(key.sealedPrivateKey);
    return {
      draftId,
      issuedOn,
      instructionSign: sm2.doSignature(text, privateKey, { hash: true, der: true }),
    };
  }

  async #nextNumber(division: string, issuedOn: string): Promise<string> {
    const counted = await DraftSerialModel.findOneAndUpdate(
      { _id: `${division}~${issuedOn}` },
      { $inc: { next: 1 } },
      { upsert: true, returnDocument: 'after' },
    ).lean();
    return draftNumber({ division, issuedOn, serial: counted.next });
  }
}
