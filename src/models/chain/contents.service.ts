/** What a person sees of a transaction's contents, by the flows that stand inside their scope. */
import type { LedgerTransaction } from '../../blockchain/ledger.port.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { TransactionDoc } from './chain.schema.ts';
import { contentsFor, flowKeysOf, type Contents } from './contents.rules.ts';

/** @returns null when nothing of the transaction is in the person's scope */
export async function contentsOf(
  models: Pick<ReadModels, 'flow'>,
  person: Person,
  doc: TransactionDoc,
  tx: LedgerTransaction,
): Promise<Contents | null> {
  const keys = flowKeysOf(tx);
  const seen =
    keys.length === 0
      ? []
      : await models.flow.find(withinScope(person, 'flow', { _id: { $in: keys } }), { _id: 1 }).lean();
  return contentsFor(person, doc, tx, new Set(seen.map(({ _id }) => _id)));
}
