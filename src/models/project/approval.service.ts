/** The two steps of an approval that are more than a form: freezing the plan, and issuing the draft. */
import { model, Schema } from 'mongoose';
import { beijingDate, isWorkingDay } from '#kernel/dates.ts';
import type { SpecialRule } from '#kernel/records/draft.ts';
import type { Plan } from '#kernel/records/project.ts';
import { DomainError, InputError } from '../kernel/errors.ts';
import type { IssuerService, SignedIssue } from '../issuer/issuer.service.ts';
import type { ActionReceipt, LedgerActionService } from '../ledger-action/ledger-action.service.ts';
import type { Person } from '../member/person.ts';
import type { PlanningService } from './planning.service.ts';
import type { ProjectDoc } from './project.schema.ts';

/** A signed issue by the form token it was made for, so that a repeated press neither numbers nor signs a second draft. */
interface IssueByToken extends SignedIssue {
  readonly _id: string;
}
const text = { type: String, required: true } as const;
const IssueModel = model(
  'SignedIssue',
  new Schema<IssueByToken>(
    { _id: text, draftId: text, issuedOn: text, instructionSign: text },
    { collection: 'signed_issues', versionKey: false },
  ),
);

/** What approvals need from outside. */
export interface ApprovalServiceDeps {
  readonly actions: LedgerActionService;
  readonly planning: PlanningService;
  readonly issuer: IssuerService;
  readonly now: () => Date;
}

/** What every step carries. */
export interface Opinion {
  readonly requestId: string;
  readonly opinion: string;
}

/** What the handling person chooses in the plan; the rest follows from project and fund. */
export interface PlanChoices {
  /** By leg id, YYYY-MM-DD. */
  readonly deadlines: Readonly<Record<string, string>>;
  /** By organisation the id of its confirmed account. */
  readonly accounts: Readonly<Record<string, string>>;
  readonly rules: readonly SpecialRule[];
}

/** Freezes a plan at review and issues the draft at approval. */
export class ApprovalService {
  readonly #deps: ApprovalServiceDeps;

  constructor(deps: ApprovalServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The plan as it would be issued today.
   * @param accounts by organisation the account it shall use
   * @throws DomainError when an organisation or account is missing
   */
  async plan(project: ProjectDoc, accounts: Readonly<Record<string, string>> = {}): Promise<Plan> {
    return this.#deps.planning.propose(project.record, beijingDate(this.#deps.now().getTime()), accounts);
  }

  /**
   * Freezes the plan with the deadlines, accounts and special rules that were chosen.
   * @throws InputError when a deadline is no working day; DomainError NO_ACCOUNT for an account that is not confirmed
   */
  async review(person: Person, project: ProjectDoc, step: Opinion & PlanChoices): Promise<ActionReceipt> {
    const proposed = await this.plan(project, step.accounts);
    const calendar = await this.#deps.planning.calendar();
    const legs = proposed.legs.map((leg) => ({
      ...leg,
      deadline: step.deadlines[leg.legId] ?? leg.deadline,
    }));
    const wrong = legs.find(
      (leg) => !/^\d{4}-\d{2}-\d{2}$/.test(leg.deadline) || !isWorkingDay(leg.deadline, calendar),
    );
    if (wrong !== undefined)
      throw new InputError({ [`deadline-${wrong.legId}`]: 'approvals.fault.deadline' });
    const args = {
      requestId: step.requestId,
      id: project._id,
      contentHash: project.contentHash,
      opinion: step.opinion,
      plan: { legs, specialRule: [...step.rules] },
    };
    return this.#deps.actions.act(person.userId, { contract: 'project', fn: 'review', args });
  }

  /** Approves and issues: the draft is numbered and signed once per request. @throws DomainError WRONG_STATE without a plan */
  async approve(
    person: Person,
    project: ProjectDoc,
    step: Opinion,
  ): Promise<ActionReceipt & { readonly draftId: string }> {
    if (project.record.plan === null) throw new DomainError('WRONG_STATE', 'the project has no plan');
    const signed = await this.#signedOnce(person, project, step.requestId);
    const args = {
      requestId: step.requestId,
      id: project._id,
      contentHash: project.contentHash,
      opinion: step.opinion,
      decision: 'approve',
      ...signed,
    };
    const receipt = await this.#deps.actions.act(person.userId, { contract: 'project', fn: 'decide', args });
    return { ...receipt, draftId: signed.draftId };
  }

  async #signedOnce(person: Person, project: ProjectDoc, requestId: string): Promise<SignedIssue> {
    const kept = await IssueModel.findById(requestId).lean();
    if (kept !== null)
      return { draftId: kept.draftId, issuedOn: kept.issuedOn, instructionSign: kept.instructionSign };
    const signed = await this.#deps.issuer.sign(
      project.record,
      person.orgId,
      beijingDate(this.#deps.now().getTime()),
    );
    await IssueModel.create({ _id: requestId, ...signed });
    return signed;
  }
}
