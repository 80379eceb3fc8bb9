/** Everything the page of a draft shows, inside the person's scope. */
import { sm2 } from 'sm-crypto-v2';
import { amountInWords, dateInWords } from '#kernel/amount-in-words.ts';
import { parseFen } from '#kernel/fen.ts';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { immutableFields, signingText } from '#kernel/new-draft.ts';
import type { Actual, Draft } from '#kernel/records/draft.ts';
import { label, t } from '../../messages/index.ts';
import { money } from '../../views/format.ts';
import { offeredActions, type OfferedAction } from '../action/action.catalog.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import { DomainError } from '../kernel/errors.ts';
import { flowSources, type FlowSource } from '../flow/flow-source.service.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import { namesOf, type Names } from '../member/names.service.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import { stagesOf, type StageView } from '../project/project-page.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { RegistrationDoc } from '../registration/registration.schema.ts';
import { organisationsOf, specialRuleText } from '../project/special-rule.rules.ts';
import type { DraftDoc } from './draft.schema.ts';

/** A leg with what this person may do on it. */
export interface LegView {
  readonly leg: LegDoc;
  readonly actions: readonly OfferedAction[];
  /** Legs that must be matched first and are not. */
  readonly waitsFor: readonly string[];
  readonly block: number | null;
}

/** The face of the draft. */
export interface DraftFace {
  readonly signatureValid: boolean;
  readonly words: string;
  readonly date: string;
  readonly sources: string;
  readonly lastDeadline: string;
  readonly rules: readonly string[];
  readonly contentHash: string;
}

/** Everything the page of one draft shows. */
export interface DraftPage {
  readonly doc: DraftDoc;
  readonly face: DraftFace;
  readonly legs: readonly LegView[];
  readonly alerts: readonly AlertDoc[];
  readonly history: readonly ActivityDoc[];
  /** Proven movements on the legs this person sees, in the order in which they happened. */
  readonly moves: readonly Actual[];
  /** Every registration with its end, withdrawn and refused ones too. */
  readonly registrations: readonly RegistrationDoc[];
  /** Where the flow of a leg came from, by flow key. */
  readonly sources: ReadonlyMap<string, FlowSource>;
  readonly names: Names;
  readonly stages: readonly StageView[];
  readonly actions: readonly OfferedAction[];
  /** Whose turn it is, as a sentence; '' when nobody's. */
  readonly next: string;
  readonly issueTx: string;
}

/** Gathers what the page of a draft shows. */
export class DraftPageService {
  readonly #models: ReadModels;

  constructor(models: ReadModels) {
    this.#models = models;
  }

  /** @throws DomainError NOT_FOUND when it is not there or outside the person's scope */
  async open(person: Person, draftId: string): Promise<DraftPage> {
    const models = this.#models;
    const doc = await models.draft.findOne(withinScope(person, 'draft', { _id: draftId })).lean<DraftDoc>();
    if (doc === null) throw new DomainError('NOT_FOUND', 'no such draft in scope');
    const [all, alerts, history, project, registrations] = await Promise.all([
      models.leg.find(withinScope(person, 'leg', { draftId })).lean<LegDoc[]>(),
      models.alert
        .find(withinScope(person, 'alert', { draftId }))
        .sort({ open: -1, raisedAt: -1 })
        .limit(10)
        .lean<AlertDoc[]>(),
      models.activity
        .find(withinScope(person, 'activity', { draftId }))
        .sort({ ver: 1, seq: 1 })
        .limit(200)
        .lean<ActivityDoc[]>(),
      models.project.findById(doc.projectId, { state: 1 }).lean(),
      models.registration
        .find(withinScope(person, 'registration', { draftId }))
        .sort({ registeredAt: 1 })
        .limit(200)
        .lean<RegistrationDoc[]>(),
    ]);
    const order = new Map(doc.record.PlanPath.map((leg, at) => [leg.legId, at]));
    const legs = all.toSorted((a, b) => (order.get(a.legId) ?? 0) - (order.get(b.legId) ?? 0));
    const seen = new Set(legs.map((leg) => leg.legId));
    const names = await namesOf(models, {
      orgs: [
        doc.issuerOrgId,
        doc.unitOrgId,
        ...legs.flatMap((leg) => [leg.payerOrgId, leg.payeeOrgId]),
        ...alerts.map((one) => one.responsibleOrgId ?? ''),
      ],
      people: [
        ...doc.record.redemptions.flatMap((one) => [
          one.requested.by,
          one.checked?.by ?? '',
          one.approved?.by ?? '',
        ]),
        ...registrations.map((one) => one.registeredBy),
      ],
    });
    return {
      doc,
      sources: await flowSources(
        models,
        legs.map((leg) => leg.flowKey),
      ),
      alerts,
      history,
      registrations,
      moves: doc.record.ActualPath.filter((step) => seen.has(step.legId)),
      names,
      face: await this.#face(doc),
      legs: legs.map((leg) => ({
        leg,
        actions: offeredActions(person, 'leg', leg),
        waitsFor: waitsFor(doc.record, leg),
        block: leg.decidedAt === null ? null : leg.block,
      })),
      stages: stagesOf(project?.state ?? 'APPROVED', doc.status),
      actions: offeredActions(person, 'draft', doc),
      next: nextOf(legs, alerts, names),
      issueTx: history.find((one) => one.type === 'draft.issued')?.txId ?? doc.txId,
    };
  }

  async #face(doc: DraftDoc): Promise<DraftFace> {
    const issuer = await this.#models.organisation.findById(doc.issuerOrgId).lean();
    const { record } = doc;
    const names = await namesOf(this.#models, { orgs: organisationsOf(record.SpecialRule) });
    return {
      signatureValid: isSignedBy(record, issuer?.record.issuerPublicKey ?? null),
      words: t('draft.amountInWords', { words: amountInWords(parseFen(record.Amount)) }),
      date: dateInWords(record.issuedOn),
      sources: sourcesOf(record),
      lastDeadline:
        record.PlanPath.map((leg) => leg.deadline)
          .sort()
          .at(-1) ?? '',
      rules: record.SpecialRule.map((rule) => specialRuleText(rule, (orgId) => names.org(orgId))),
      contentHash: contentHashOf(immutableFields(record)),
    };
  }
}

/** True when the issuer's SM2 signature covers the draft's immutable fields as they stand. */
export function isSignedBy(draft: Draft, publicKey: string | null): boolean {
  if (publicKey === null) return false;
  try {
    return sm2.doVerifySignature(signingText(immutableFields(draft)), draft.InstructionSign, publicKey, {
      hash: true,
      der: true,
    });
  } catch {
    return false;
  }
}

function waitsFor(draft: Draft, leg: LegDoc): string[] {
  const matched = new Set(draft.legs.filter((one) => one.state === 'MATCHED').map((one) => one.legId));
  return leg.dependsOn.filter((id) => !matched.has(id));
}

function sourcesOf(draft: Draft): string {
  const total = BigInt(draft.Amount);
  return draft.PlanPath.filter((leg) => leg.kind === 'F' || leg.kind === 'B')
    .map((leg) => `${leg.payer.name} ${String((BigInt(leg.amountFen) * 10_000n) / total / 100n)}%`)
    .join(' · ');
}

/** The open red alert first, else the leg whose turn it is. */
function nextOf(legs: readonly LegDoc[], alerts: readonly AlertDoc[], names: Names): string {
  const alert = alerts.find((one) => one.open && one.level === 'red');
  if (alert !== undefined) return `${names.org(alert.responsibleOrgId)} · ${label(`rule.${alert.rule}`)}`;
  const leg = legs.find((one) => one.open && one.predecessorsMatched && one.milestoneAccepted);
  return leg === undefined
    ? ''
    : `${names.org(leg.payerOrgId)} · ${t('action.leg.register')} ${leg.legId} ${money(leg.amountFen)} ${t('unit.yuan')}`;
}
