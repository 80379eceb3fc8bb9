/** Says where a flow came from: pushed by the bank's system, or found in a statement, and who brought that. */
import { label, t } from '../../messages/index.ts';
import { beijing } from '../../views/format.ts';
import { InboxFlowModel, type InboxFlow } from '../inbox/inbox.schema.ts';
import { namesOf, type Names } from '../member/names.service.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { StatementModel, type Statement } from '../statement/statement.schema.ts';

/** Where a flow came from first. */
export interface FlowSource {
  readonly kind: 'push' | 'statement';
  /** The kind in one word, for a table. */
  readonly word: string;
  /** A sentence with who brought it, and when. */
  readonly text: string;
  readonly statementId: string | null;
}

type Known = Pick<InboxFlow, '_id' | 'bankId' | 'receivedAt'> & {
  readonly deliveries: readonly { readonly messageId: string }[];
};

/** Sources by flow key; a flow that never passed this installation's inbox has none. */
export async function flowSources(
  models: Pick<ReadModels, 'organisation'>,
  flowKeys: readonly (string | null)[],
): Promise<ReadonlyMap<string, FlowSource>> {
  const wanted = [...new Set(flowKeys.filter((key) => key !== null))];
  if (wanted.length === 0) return new Map();
  const found = await InboxFlowModel.find(
    { _id: { $in: wanted } },
    { bankId: 1, receivedAt: 1, 'deliveries.messageId': 1 },
  ).lean<Known[]>();
  const statements = await statementsOf(found);
  const names = await namesOf(models, {
    orgs: found.map((one) => one.bankId),
    people: [...statements.values()].flatMap((one) => [one.uploadedBy, one.confirmedBy ?? '']),
  });
  return new Map(found.map((one) => [one._id, sourceOf(one, statements, names)]));
}

async function statementsOf(flows: readonly Known[]): Promise<Map<string, Statement>> {
  const ids = flows.map(statementIdOf).filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const found = await StatementModel.find(
    { _id: { $in: ids } },
    { source: 1, uploadedBy: 1, confirmedBy: 1 },
  ).lean<Statement[]>();
  return new Map(found.map((one) => [one._id, one]));
}

/** Entries of a statement have the message id `statement~<id>~<row>`; a pushed one's begins with its bank. */
function statementIdOf({ deliveries: [first] }: Known): string | null {
  const [kind, id] = first?.messageId.split('~') ?? [];
  return kind === 'statement' ? (id ?? null) : null;
}

function sourceOf(flow: Known, statements: ReadonlyMap<string, Statement>, names: Names): FlowSource {
  const at = beijing(flow.receivedAt);
  const statementId = statementIdOf(flow);
  if (statementId === null) {
    const text = t('flowSource.pushed', { bank: names.org(flow.bankId), at });
    return { kind: 'push', word: t('flowSource.push'), text, statementId };
  }
  const statement = statements.get(statementId);
  const text = t('flowSource.found', {
    source: statement === undefined ? statementId : label(`statementSource.${statement.source}`),
    people: peopleOf(statement, names),
    at,
  });
  return { kind: 'statement', word: t('flowSource.statement'), text, statementId };
}

function peopleOf(statement: Statement | undefined, names: Names): string {
  if (statement?.source !== 'bank') return '';
  const { uploadedBy, confirmedBy } = statement;
  return t('flowSource.people', { by: names.person(uploadedBy), checker: names.person(confirmedBy) });
}
