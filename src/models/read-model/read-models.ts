/** The derived collections as one table: names, schemas, and the Mongoose models on a connection. */
import type { Connection, Model, Schema } from 'mongoose';
import { sha256Hex } from '#kernel/canonical-json.ts';
import { activitySchema } from '../activity/activity.schema.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import { alertSchema } from '../alert/alert.schema.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import { blockSchema, transactionSchema } from '../chain/chain.schema.ts';
import type { BlockDoc, TransactionDoc } from '../chain/chain.schema.ts';
import { draftSchema } from '../draft/draft.schema.ts';
import type { DraftDoc } from '../draft/draft.schema.ts';
import { evidenceSchema } from '../evidence/evidence.schema.ts';
import type { EvidenceDoc } from '../evidence/evidence.schema.ts';
import { flowSchema } from '../flow/flow.schema.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import { calendarSchema, fundCallSchema, fundSchema } from '../fund/fund.schema.ts';
import type { CalendarDoc, FundCallDoc, FundDoc } from '../fund/fund.schema.ts';
import { legSchema } from '../leg/leg.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import { bankAccountSchema, organisationSchema, userSchema } from '../member/member.schema.ts';
import type { BankAccountDoc, OrganisationDoc, UserDoc } from '../member/member.schema.ts';
import { matchSchema } from '../match/match.schema.ts';
import type { MatchDoc } from '../match/match.schema.ts';
import { projectSchema } from '../project/project.schema.ts';
import type { ProjectDoc } from '../project/project.schema.ts';
import { registrationSchema } from '../registration/registration.schema.ts';
import type { RegistrationDoc } from '../registration/registration.schema.ts';

/** The document type behind each model of the read model. */
export interface ReadModelDocs {
  organisation: OrganisationDoc;
  user: UserDoc;
  bankAccount: BankAccountDoc;
  fund: FundDoc;
  fundCall: FundCallDoc;
  calendar: CalendarDoc;
  project: ProjectDoc;
  draft: DraftDoc;
  leg: LegDoc;
  flow: FlowDoc;
  registration: RegistrationDoc;
  match: MatchDoc;
  alert: AlertDoc;
  evidence: EvidenceDoc;
  block: BlockDoc;
  transaction: TransactionDoc;
  activity: ActivityDoc;
}

/** Name of a model of the read model. */
export type ReadModelName = keyof ReadModelDocs;

/** The schema of each derived collection. */
export const readModelSchemas: { readonly [K in ReadModelName]: Schema<ReadModelDocs[K]> } = {
  organisation: organisationSchema,
  user: userSchema,
  bankAccount: bankAccountSchema,
  fund: fundSchema,
  fundCall: fundCallSchema,
  calendar: calendarSchema,
  project: projectSchema,
  draft: draftSchema,
  leg: legSchema,
  flow: flowSchema,
  registration: registrationSchema,
  match: matchSchema,
  alert: alertSchema,
  evidence: evidenceSchema,
  block: blockSchema,
  transaction: transactionSchema,
  activity: activitySchema,
};

/** Names of all derived models, in the order in which they are written. */
export const readModelNames = Object.keys(readModelSchemas) as ReadModelName[];

/** The models, ready to query. Query with `.lean()`; amounts are bigint on connections of `openDocumentStore`. */
export type ReadModels = { readonly [K in ReadModelName]: Model<ReadModelDocs[K]> };

const modelsOf = new WeakMap<Connection, ReadModels>();

/**
 * The models of the read model on a connection; the same ones on every call.
 * @param connection a Mongoose connection, `mongoose.connection` included
 */
export function readModels(connection: Connection): ReadModels {
  const known = modelsOf.get(connection);
  if (known !== undefined) return known;
  const entries = readModelNames.map((name) => [
    name,
    connection.model(`ledger.${name}`, readModelSchemas[name] as Schema),
  ]);
  const models = Object.fromEntries(entries) as unknown as ReadModels;
  modelsOf.set(connection, models);
  return models;
}

/** Creates every index of the read model that is missing. */
export async function ensureReadModelIndexes(connection: Connection): Promise<void> {
  const models = readModels(connection);
  for (const name of readModelNames) await models[name].createIndexes();
}

/** Raised when the same records give other documents without a change of their fields. */
const derivation = 1;

/** The form of the documents: another one means that a read model must be made anew from the blocks. */
export const readModelForm: string = sha256Hex(
  JSON.stringify([
    derivation,
    ...readModelNames.map((name) => [
      name,
      Object.entries(readModelSchemas[name].paths)
        .map(([path, { instance }]) => `${path}: ${instance}`)
        .sort(),
    ]),
  ]),
);

/** Name of the collection behind a model. */
export function collectionOf(name: ReadModelName): string {
  return String(readModelSchemas[name].get('collection'));
}
