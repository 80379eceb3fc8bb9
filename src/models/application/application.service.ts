/** Keeps applications while they are written, and submits them to the ledger. */
import { contentHashOf } from '#kernel/canonical-json.ts';
import type { DocumentRef, ProjectContent } from '#kernel/records/project.ts';
import { money } from '../../views/format.ts';
import { DomainError } from '../kernel/errors.ts';
import type { ActionReceipt, LedgerActionService } from '../ledger-action/ledger-action.service.ts';
import type { Person } from '../member/person.ts';
import type { ProjectDoc } from '../project/project.schema.ts';
import {
  ApplicationModel,
  ProjectSerialModel,
  type Application,
  type ApplicationForm,
} from './application.schema.ts';

/** What applications need from outside. */
export interface ApplicationServiceDeps {
  readonly actions: LedgerActionService;
  readonly now: () => Date;
}

const empty: ApplicationForm = {
  name: '',
  townshipCode: '',
  category: '',
  summary: '',
  call: '',
  amount: '',
  unitOrgId: '',
  budget: [{ item: '', amount: '' }],
  milestones: [{ name: '', date: '', amount: '' }],
};

/** Applications of an organisation, from the first field to the ledger. */
export class ApplicationService {
  readonly #deps: ApplicationServiceDeps;

  constructor(deps: ApplicationServiceDeps) {
    this.#deps = deps;
  }

  /** Begins an application, or goes on with a returned one under its number. @returns the project number */
  async begin(person: Person, returned?: ProjectDoc): Promise<string> {
    const id = returned?._id ?? (await this.#nextNumber(person.division));
    const fields = {
      orgId: person.orgId,
      userId: person.userId,
      division: person.division,
      state: 'OPEN',
      updatedAt: this.#deps.now(),
    };
    const form = returned === undefined ? empty : formOf(returned.record.content);
    const documents = returned?.record.content.documents ?? [];
    await ApplicationModel.updateOne(
      { _id: id },
      returned === undefined
        ? { $setOnInsert: { ...fields, form, documents } }
        : { $set: { ...fields, form, documents } },
      { upsert: true },
    );
    return id;
  }

  /** @throws DomainError NOT_FOUND when it is not there or another organisation's */
  async open(person: Person, id: string): Promise<Application> {
    const found = await ApplicationModel.findOne({ _id: id, orgId: person.orgId }).lean<Application>();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such application');
    return found;
  }

  async list(person: Person): Promise<Application[]> {
    return ApplicationModel.find({ orgId: person.orgId, state: 'OPEN' })
      .sort({ updatedAt: -1 })
      .limit(100)
      .lean<Application[]>();
  }

  async save(person: Person, id: string, form: ApplicationForm): Promise<void> {
    await ApplicationModel.updateOne(
      { _id: id, orgId: person.orgId, state: 'OPEN' },
      { $set: { form, updatedAt: this.#deps.now() } },
    );
  }

  async attach(person: Person, id: string, document: DocumentRef): Promise<void> {
    await ApplicationModel.updateOne(
      { _id: id, orgId: person.orgId, state: 'OPEN', 'documents.sha256': { $ne: document.sha256 } },
      { $push: { documents: document }, $set: { updatedAt: this.#deps.now() } },
    );
  }

  /** Submits to the ledger; the form draft is kept, closed. */
  async submit(
    person: Person,
    id: string,
    content: ProjectContent,
    requestId: string,
  ): Promise<ActionReceipt> {
    const receipt = await this.#deps.actions.act(person.userId, {
      contract: 'project',
      fn: 'apply',
      args: { requestId, id, content, contentHash: contentHashOf(content) },
    });
    await ApplicationModel.updateOne(
      { _id: id },
      { $set: { state: 'SUBMITTED', updatedAt: this.#deps.now() } },
    );
    return receipt;
  }

  async #nextNumber(division: string): Promise<string> {
    const year = this.#deps.now().getUTCFullYear();
    const counted = await ProjectSerialModel.findOneAndUpdate(
      { _id: `${division}~${year}` },
      { $inc: { next: 1 } },
      { upsert: true, returnDocument: 'after' },
    ).lean();
    return `XM-${division}-${year}-${String(1000 + counted.next).padStart(4, '0')}`;
  }
}

function formOf(content: ProjectContent): ApplicationForm {
  const yuan = (fen: string): string => money(fen).replaceAll(',', '');
  return {
    name: content.name,
    townshipCode: content.townshipCode,
    category: content.category,
    summary: content.summary,
    call: `${content.fundId}~${content.callId}`,
    amount: yuan(content.amountFen),
    unitOrgId: content.unitOrgId,
    budget: content.budget.map((one) => ({ item: one.item, amount: yuan(one.amountFen) })),
    milestones: content.milestones.map((one) => ({
      name: one.name,
      date: one.plannedDate,
      amount: yuan(one.amountFen),
    })),
  };
}
