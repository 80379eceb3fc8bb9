/** A channel for benchmarks: the ledger process with the real contracts, its people, and many drafts ready to be paid. */
import { mspOfRole } from '#kernel/records/common.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { compositeKey, keyParts } from '#kernel/records/keys.ts';
import type { Project } from '#kernel/records/project.ts';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { contentOfWorld } from '../../chaincode/test/application.ts';
import { amountFen, seedDraft } from '../../chaincode/test/drafts.ts';
import type { Receipt, TestChannel, TestIdentity } from '../../chaincode/test/memory-ledger.ts';
import { openFund, populate } from '../../chaincode/test/world.ts';
import type { Authorities } from '../../src/blockchain/identity/authority-folder.ts';
import { issueUserCertificate } from '../../src/blockchain/identity/certificate-authority.ts';
import { newLedgerIdentity } from '../../src/blockchain/identity/ledger-identity.ts';
import type { Ledger, LedgerCall, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';

const RECORDS_PER_TRANSACTION = 200;
const FILL_PER_TRANSACTION = 500;

/** Who may sign, and how the fixtures call the ledger. */
export class BenchWorld implements TestChannel {
  readonly #ledger: Ledger;
  readonly #authorities: Authorities;
  readonly #identities = new Map<string, Promise<LedgerIdentity>>();
  #requests = 0;

  constructor(ledger: Ledger, authorities: Authorities) {
    this.#ledger = ledger;
    this.#authorities = authorities;
  }

  /** Organisations, people, accounts, a fund and its call, through the contracts themselves. */
  async populate(): Promise<void> {
    await populate(this);
    await openFund(this);
  }

  /** Drafts whose legs are all unpaid, each with its approved project, put straight into the state. */
  async addDrafts(first: number, count: number): Promise<Draft[]> {
    const state = new Map<string, string>();
    const drafts: Draft[] = [];
    for (let serial = first; serial < first + count; serial++) {
      const draft = seedDraft({ state }, { serial });
      state.set(compositeKey('PROJECT', keyParts.PROJECT(draft.ProjectID)), JSON.stringify(projectOf(draft)));
      drafts.push(draft);
    }
    const entries = [...state];
    const who = await this.#filler();
    for (let at = 0; at < entries.length; at += RECORDS_PER_TRANSACTION) {
      const args = [JSON.stringify(entries.slice(at, at + RECORDS_PER_TRANSACTION))];
      await this.#ledger.submit({ contract: 'fixture', fn: 'put', args }, who);
    }
    return drafts;
  }

  /** Keys that nothing reads, so that the state has this many. */
  async fill(count: number): Promise<void> {
    const who = await this.#filler();
    for (let at = 0; at < count; at += FILL_PER_TRANSACTION) {
      const args = [JSON.stringify([at, Math.min(FILL_PER_TRANSACTION, count - at)])];
      await this.#ledger.submit({ contract: 'fixture', fn: 'fill', args }, who);
    }
  }

  /** The call as the fixtures write it, with a request id of its own. */
  call(contractFn: string, args: Record<string, unknown>): LedgerCall {
    const [contract = '', fn = ''] = contractFn.split(':');
    return { contract, fn, args: [JSON.stringify({ requestId: `request-${++this.#requests}`, ...args })] };
  }

  async submit<R>(contractFn: string, args: Record<string, unknown>, who: TestIdentity): Promise<Receipt<R>> {
    const { result } = await this.#ledger.submit(this.call(contractFn, args), await this.identity(who));
    return { result: JSON.parse(result) as R, events: [], writes: new Map() };
  }

  async query<R>(contractFn: string, args: Record<string, unknown>, who: TestIdentity): Promise<R> {
    const [contract = '', fn = ''] = contractFn.split(':');
    const call = { contract, fn, args: [JSON.stringify(args)] };
    return JSON.parse(await this.#ledger.evaluate(call, await this.identity(who))) as R;
  }

  /** The certificate of a person of the world; made at the first use. */
  identity(who: TestIdentity): Promise<LedgerIdentity> {
    const key = JSON.stringify(who);
    let identity = this.#identities.get(key);
    if (!identity) this.#identities.set(key, (identity = this.#issue(who)));
    return identity;
  }

  #filler(): Promise<LedgerIdentity> {
    return this.identity({
      userId: 'platform',
      role: 'platform',
      orgId: 'operator',
      division: '52',
      posts: [],
    });
  }

  async #issue(who: TestIdentity): Promise<LedgerIdentity> {
    const { userId, role, orgId: org, division } = who;
    const attributes = { role, org, division, posts: who.posts.join(',') };
    const authority = this.#authorities[mspOfRole[role]];
    return newLedgerIdentity(await issueUserCertificate(authority, { commonName: userId, attributes }));
  }
}

function projectOf(draft: Draft): Project {
  const content = {
    ...contentOfWorld,
    amountFen,
    budget: [{ item: '路面', amountFen }],
    milestones: contentOfWorld.milestones.map((milestone, at) => ({
      ...milestone,
      amountFen: at === 0 ? '4000000' : '6000001',
    })),
  };
  return {
    id: draft.ProjectID,
    state: 'APPROVED',
    division: '522634',
    applicantOrgId: 'cph',
    content,
    contentHash: contentHashOf(content),
    revision: 1,
    steps: [],
    plan: { legs: draft.PlanPath, specialRule: [] },
    draftId: draft.DraftID,
    progress: content.milestones.map(({ no }) => ({
      no,
      percent: 0,
      note: '',
      documents: [],
      state: 'NONE',
      reported: null,
      checked: null,
      opinion: '',
    })),
  };
}
