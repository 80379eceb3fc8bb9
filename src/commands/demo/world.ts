/** What the demonstration loader acts through: ledger calls as a person, real transfers at the sample bank, a memory of finished steps. */
import type { Draft, Leg } from '#kernel/records/draft.ts';
import type { DocumentRef } from '#kernel/records/project.ts';
import type { SignedIssue } from '../../models/issuer/issuer.service.ts';
import type { Plan, Project } from '#kernel/records/project.ts';
import { people, type DemoPerson } from './organisations.ts';
import type { Post, Role } from '#kernel/records/common.ts';

/** A transfer at the sample bank, as its payer would note it down. */
export interface BankTransfer {
  readonly serialNo: string;
  readonly bankId: string;
  readonly bookingDate: string;
}

/** What a transfer is asked for; amounts in fen. */
export interface TransferRequest {
  readonly payerAccount: string;
  readonly payeeAccount: string;
  readonly amountFen: string;
  readonly purpose?: string;
  readonly reference?: string;
  readonly bookingDate?: string;
  readonly misbehave?: string;
}

/** The hands with which the demonstration is made: those of real people and a real bank. */
export interface DemoWorld {
  /** Today in Beijing. */
  readonly today: string;
  /** Submits as this person; `key` names the step, so that a repeat after a crash gets the first answer. */
  submit(
    person: DemoPerson,
    call: { contract: string; fn: string; args: object; key: string },
  ): Promise<Record<string, unknown>>;
  draft(draftId: string): Promise<Draft>;
  /** Does a step once in the life of the data folder and remembers what it gave. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
  transfer(request: TransferRequest): Promise<BankTransfer>;
  sign(
    project: Pick<Project, 'id' | 'division' | 'content' | 'plan'>,
    issuedOn: string,
  ): Promise<SignedIssue>;
  plan(project: Pick<Project, 'id' | 'division' | 'content'>, issuedOn: string): Promise<Plan>;
  /** Stores and anchors a text as proof of a milestone. */
  proof(person: DemoPerson, file: { name: string; text: string; ownerId: string }): Promise<DocumentRef>;
  /** Waits until the test holds for the draft on the ledger. @throws Error after 60 s, naming `what` */
  until(draftId: string, what: string, holds: (draft: Draft) => boolean): Promise<Draft>;
}

/** The person of an organisation who holds a post (and, in a bank, the role). @throws Error when nobody does */
export function personWith(orgId: string, post: Post, role?: Role): DemoPerson {
  const found = people.find(
    (one) => one.orgId === orgId && one.posts.includes(post) && (role === undefined || one.role === role),
  );
  if (found === undefined) throw new Error(`nobody in ${orgId} holds ${post}`);
  return found;
}

/** Makes the transfer of a leg at the bank and registers its serial number. */
export async function pay(world: DemoWorld, draft: Draft, legId: string, misbehave?: string): Promise<void> {
  const leg = legOf(draft, legId);
  const key = `${draft.ProjectID}-${legId}`;
  const made = await world.once(`transfer-${key}`, () =>
    world.transfer({
      payerAccount: leg.payer.account,
      payeeAccount: leg.payee.account,
      amountFen: leg.amountFen,
      purpose: '扶贫项目资金拨付',
      reference: `${draft.DraftID}/${legId}`,
      ...(misbehave === undefined ? {} : { misbehave }),
    }),
  );
  await register(world, draft, legId, made);
}

/** Registers a serial number for a leg. */
export async function register(
  world: DemoWorld,
  draft: Draft,
  legId: string,
  made: BankTransfer,
): Promise<void> {
  const { payer } = legOf(draft, legId);
  const args = { draftId: draft.DraftID, legId, serialNo: made.serialNo, bookingDate: made.bookingDate };
  await world.submit(personWith(payer.orgId, 'handle'), {
    contract: 'reconciliation',
    fn: 'register',
    args,
    key: `register-${draft.ProjectID}-${legId}`,
  });
}

/** Pays legs in turn and waits until each is matched. */
export async function payAndMatch(world: DemoWorld, draft: Draft, legIds: readonly string[]): Promise<Draft> {
  for (const legId of legIds) await pay(world, draft, legId);
  return world.until(draft.DraftID, `${legIds.join(', ')} matched`, (now) =>
    legIds.every((legId) => now.legs.some((leg) => leg.legId === legId && leg.state === 'MATCHED')),
  );
}

/** Legs of these kinds, in plan order. */
export function legIdsOf(draft: Draft, kinds: string): string[] {
  return draft.PlanPath.filter((leg) => kinds.includes(leg.kind)).map((leg) => leg.legId);
}

/** The leg of a draft's plan with this id. @throws Error when there is none */
export function legOf(draft: Draft, legId: string): Leg {
  const leg = draft.PlanPath.find((one) => one.legId === legId);
  if (leg === undefined) throw new Error(`draft ${draft.DraftID} has no leg ${legId}`);
  return leg;
}
