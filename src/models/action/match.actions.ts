/** Manual match: a person of the payer proposes where a flow belongs, another confirms or refuses. */
import { createHash } from 'node:crypto';
import type { Evidence } from '#kernel/records/evidence.ts';
import { label } from '../../messages/index.ts';
import { beijing, money } from '../../views/format.ts';
import { paths } from '../../paths.ts';
import { FileUseModel } from '../file/file.schema.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import { InputError } from '../kernel/errors.ts';
import type { MatchDoc } from '../match/match.schema.ts';
import { readParts, writeParts } from '../reconciliation/parts.rules.ts';
import { candidatesFor } from '../reconciliation/preview.service.ts';
import {
  opinionField,
  pageAction,
  reasonField,
  type ActionContext,
  type Choice,
  type FieldSpec,
  type PageAction,
  type SummaryLine,
} from './page-action.ts';

const common = { contract: 'reconciliation', fn: 'match', money: true } as const;
const open = ['WAITING', 'MISMATCH', 'WAITING_PREDECESSOR'];
const matchable = (doc: FlowDoc): boolean =>
  open.includes(doc.state) && doc.status === 'BOOK' && (doc.reversal || doc.direction === 'DBIT');
/** Whoever owns the account whose movement it is: the payer, whom a return comes back to. */
const ownerOf = (doc: FlowDoc): string => (doc.direction === 'CRDT' ? doc.payeeOrgId : doc.payerOrgId) ?? '';

const flowSummary = (doc: FlowDoc): SummaryLine[] => [
  ['field.serialNo', doc.serialNo],
  ['field.bookingDate', doc.bookingDate],
  ['field.payer', `${doc.payerAccount} ${doc.payerName}`],
  ['field.payee', `${doc.payeeAccount} ${doc.payeeName}`],
  ['field.amount', `${money(doc.amountFen)} ${label('unit.yuan')}`],
];
const matchSummary = (doc: MatchDoc): SummaryLine[] => [
  ['field.serialNo', doc.flowKey.split('~')[4] ?? ''],
  ['field.shares', writeParts(doc.record.parts)],
  ['field.reason', doc.record.reason],
];

/** The files of a proposal belong to its flow, whose key is longer than a name may be. */
const filesFor = (doc: FlowDoc): Evidence['owner'] => ({
  kind: 'other',
  id: `flow-${createHash('sha256').update(doc._id).digest('hex').slice(0, 40)}`,
});

async function proposalFields(doc: FlowDoc, context: ActionContext): Promise<FieldSpec[]> {
  const parts: FieldSpec = {
    name: 'parts',
    label: 'field.shares',
    type: 'textarea',
    max: 2000,
    hint: 'hint.shares',
  };
  const evidence: FieldSpec = {
    ...{ name: 'evidence', label: 'field.evidence', type: 'select', optional: true },
    ...(await evidenceOf(doc, context)),
  };
  if (!doc.reversal) return [{ ...parts, initial: await proposedParts(doc, context) }, evidence, reasonField];
  const originals = await originalsOf(doc, context);
  const original: FieldSpec = {
    ...{ name: 'originalFlowKey', label: 'field.originalFlow', type: 'select' },
    choices: originals.map((one) => ({
      value: one._id,
      text: `${one.serialNo} ${one.bookingDate} ${money(one.amountFen)}`,
    })),
  };
  return [original, { ...parts, initial: partsBack(doc, originals[0]) }, evidence, reasonField];
}

/** The leg that the flow fits best, with the whole amount. */
async function proposedParts(doc: FlowDoc, { models, person }: ActionContext): Promise<string> {
  const [best] = await candidatesFor(models, person, doc);
  return best === undefined ? '' : writeParts([{ ...best.leg, amountFen: doc.amountFen }]);
}

/** Proven payments of the same account that the return may take back, the one named by the bank first. */
async function originalsOf(doc: FlowDoc, { models }: ActionContext): Promise<FlowDoc[]> {
  const same = { account: doc.account, bankId: doc.bankId, direction: 'DBIT', reversal: false } as const;
  const found = await models.flow
    .find({ ...same, state: { $in: ['MATCHED', 'RETURNED'] }, bookingDate: { $lte: doc.bookingDate } })
    .sort({ bookingDate: -1 })
    .limit(30)
    .lean<FlowDoc[]>();
  const named = doc.originalFlowKey;
  return found.sort((a, b) => Number(b._id === named) - Number(a._id === named));
}

function partsBack(doc: FlowDoc, original: FlowDoc | undefined): string {
  const parts = original?.record.outcome?.parts;
  if (parts !== undefined) return writeParts(parts);
  if (original?.draftId == null || original.legId === null) return '';
  return writeParts([{ draftId: original.draftId, legId: original.legId, amountFen: doc.amountFen }]);
}

/** Files of one's own unit, newest first; what was brought for this very flow is chosen already. */
async function evidenceOf(
  doc: FlowDoc,
  { models, person }: ActionContext,
): Promise<{ choices: Choice[]; initial?: string }> {
  const found = await models.evidence.find({ orgId: person.orgId }).sort({ anchoredAt: -1 }).limit(30).lean();
  const uses = await FileUseModel.find({ sha256: { $in: found.map((one) => one.sha256) } }).lean();
  const names = new Map(uses.map((one) => [one.sha256, one.name]));
  const own = found.find((one) => one.ownerId === filesFor(doc).id);
  return {
    choices: found.map(({ sha256, anchoredAt, mediaType }) => ({
      value: sha256,
      text: `${beijing(anchoredAt, 'YYYY-MM-DD HH:mm')} ${names.get(sha256) ?? mediaType} ${sha256.slice(0, 12)}`,
    })),
    ...(own === undefined ? {} : { initial: own.sha256 }),
  };
}

function decision(name: 'confirm' | 'refuse'): PageAction<'match'> {
  return pageAction({
    ...common,
    id: `reconciliation.${name}Match`,
    kind: 'match',
    title: `action.match.${name}`,
    icon: name === 'confirm' ? 'circle-check' : 'circle-x',
    primary: name === 'confirm',
    applies: (doc) => doc.state === 'PROPOSED',
    situation: (doc) => ({
      ownerOrgId: doc.payerOrgId,
      actedBy: [doc.proposedBy],
      stateAllows: doc.state === 'PROPOSED',
    }),
    fields: () => [opinionField],
    summary: matchSummary,
    args: (doc, input) => ({ action: name, id: doc._id, opinion: input.opinion }),
    back: (doc) => paths.flow(doc.flowKey),
  });
}

/** Proposing, confirming and refusing a manual match. */
export const matchActions: readonly (PageAction<'flow'> | PageAction<'match'>)[] = [
  pageAction({
    ...common,
    id: 'reconciliation.proposeMatch',
    kind: 'flow',
    title: 'action.match.propose',
    icon: 'hand-click',
    applies: matchable,
    situation: (doc) => ({
      ownerOrgId: ownerOf(doc),
      stateAllows: matchable(doc) && doc.record.outcome?.proposal === undefined,
    }),
    filesFor,
    fields: proposalFields,
    summary: flowSummary,
    args: (doc, input) => {
      const parts = readParts(input.parts ?? '');
      const sum = parts.reduce((total, part) => total + BigInt(part.amountFen), 0n);
      if (sum !== doc.amountFen + BigInt(doc.record.flow.feeFen ?? '0'))
        throw new InputError({ parts: 'refusal.SUM_MISMATCH' });
      return {
        action: 'propose',
        flowKey: doc._id,
        ...(doc.reversal ? { originalFlowKey: input.originalFlowKey } : {}),
        parts,
        reason: input.reason,
        evidence: input.evidence ? [input.evidence] : [],
      };
    },
    back: (doc) => paths.flow(doc._id),
  }),
  decision('confirm'),
  decision('refuse'),
];
