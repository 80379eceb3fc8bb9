/** Loads an action's subject inside the person's scope, builds its form, and carries it out. */
import type { Model } from 'mongoose';
import { DomainError } from '../kernel/errors.ts';
import type { ActionReceipt, LedgerActionService } from '../ledger-action/ledger-action.service.ts';
import type { Person } from '../member/person.ts';
import { whyNot } from '../member/rights.rules.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ProjectDoc } from '../project/project.schema.ts';
import { projectSubject } from '../project/project-subject.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { actionOf, type AnyAction } from './action.catalog.ts';
import { readInput } from './input.rules.ts';
import type { ActionContext, ActionInput, FieldSpec, SubjectOf } from './page-action.ts';

/** What page actions need from outside. */
export interface ActionServiceDeps {
  readonly models: ReadModels;
  readonly actions: LedgerActionService;
  readonly now: () => Date;
  /** Makes an issuing organisation's SM2 key, or gives the public half of the one it has. */
  readonly issuerKey: (orgId: string) => Promise<string>;
}

/** An action with the object it is about, ready to be shown or done. */
export interface OpenedAction {
  readonly action: AnyAction;
  readonly doc: SubjectOf<AnyAction['kind']>;
  readonly fields: readonly FieldSpec[];
  readonly person: Person;
}

/** Opens, reads and performs page actions for one person at a time. */
export class ActionService {
  readonly #deps: ActionServiceDeps;

  constructor(deps: ActionServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The action and its object.
   * @throws DomainError NOT_FOUND (unknown, or outside the person's scope), or the code why the person may not
   */
  async open(person: Person, id: string, subject: string): Promise<OpenedAction> {
    const action = actionOf(id);
    if (action === undefined) throw new DomainError('NOT_FOUND', `no action ${id}`);
    const doc = await this.#subject(person, action, subject);
    const reason = whyNot(person, action.id, action.situation(doc, person));
    if (reason !== null) throw new DomainError(reason, `${person.userId} may not ${id}`);
    return { action, doc, person, fields: await action.fields(doc, this.#context(person)) };
  }

  /** Reads what was posted into input, or sentences per field. */
  read(opened: OpenedAction, posted: Readonly<Record<string, unknown>>): ReturnType<typeof readInput> {
    return readInput(opened.fields, posted);
  }

  /** Submits the action as the person. @throws InputError, DomainError, InfrastructureError */
  async perform(
    person: Person,
    opened: OpenedAction,
    request: { input: ActionInput; requestId: string },
  ): Promise<ActionReceipt> {
    const { action, doc } = opened;
    const args = await action.args(doc, request.input, this.#context(person));
    return this.#deps.actions.act(person.userId, {
      contract: action.contract,
      fn: action.fn,
      args: { ...args, requestId: request.requestId },
    });
  }

  async #subject(person: Person, action: AnyAction, subject: string): Promise<OpenedAction['doc']> {
    if (action.kind === 'none') return null;
    // One model of many; all of them are found the same way.
    const model = this.#deps.models[action.kind] as unknown as Model<{ _id: string }>;
    const found = await model.findOne(withinScope(person, action.kind, { _id: subject })).lean();
    if (found === null) throw new DomainError('NOT_FOUND', `no ${action.kind} ${subject} in scope`);
    return action.kind === 'project'
      ? projectSubject(this.#deps.models, found as unknown as ProjectDoc)
      : (found as unknown as OpenedAction['doc']);
  }

  #context(person: Person): ActionContext {
    const { models, now, issuerKey } = this.#deps;
    return { person, models, now: now(), issuerKey };
  }
}
