/**
 * What pages offer is what the ledger lets happen: every object × action × person, the button against a dry run of the contract
 * with that person's own certificate.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { offeredActions, pageActions, type AnyAction } from '../../src/models/action/action.catalog.ts';
import type { ActionContext, FieldSpec, SubjectKind } from '../../src/models/action/page-action.ts';
import { DomainError } from '../../src/models/kernel/errors.ts';
import type { Person } from '../../src/models/member/person.ts';
import { withinScope } from '../../src/models/member/scope.rules.ts';
import { projectSubject } from '../../src/models/project/project-subject.ts';
import { laterDate, makeOfferObjects, type OfferObject } from '../support/offer-objects.ts';
import { walkers } from '../support/rights-people.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

type Doc = Parameters<AnyAction['situation']>[0] & { readonly _id: string };
let web: TestWeb;
let persons: Person[];
let objects: OfferObject[];
before(async () => {
  web = await openTestWeb();
  objects = await makeOfferObjects(web);
  await web.settled();
  const { people } = web.platform.services;
  const found = await Promise.all(
    walkers.filter((one) => !one.machine).map((one) => people.byUserId(one.userId, '')),
  );
  persons = found.filter((one) => one !== null);
});
after(async () => web.close());

/** Refusals that speak of the person, or of the state for everybody. */
const refusing = [
  ...['ROLE_NOT_ALLOWED', 'POST_MISSING', 'OUT_OF_SCOPE', 'NOT_PAYER', 'NAMED_UNIT', 'SAME_PERSON'],
  ...['WRONG_STATE', 'REFERENCE_INVALID'],
];

async function docOf({ kind, id }: OfferObject): Promise<Doc> {
  const model = web.platform.models[kind] as unknown as {
    findById(id: string): { lean(): Promise<Doc | null> };
  };
  const doc = await model.findById(id).lean();
  assert.ok(doc, `no ${kind} ${id}`);
  return kind === 'project' ? await projectSubject(web.platform.models, doc as never) : doc;
}

async function isInSight(person: Person, { kind, id }: OfferObject): Promise<boolean> {
  const model = web.platform.models[kind] as unknown as { exists(filter: object): Promise<unknown> };
  return (await model.exists(withinScope(person, kind, { _id: id }))) !== null;
}

const contextOf = (person: Person): ActionContext => ({
  person,
  models: web.platform.models,
  now: web.platform.now(),
  issuerKey: () => Promise.resolve(''),
});

/** A sensible value for every field. */
function valueOf(field: FieldSpec): string {
  if (field.choices !== undefined) return field.choices[0]?.value ?? '';
  if (field.name === 'id') return 'offer-new';
  const byType: Partial<Record<FieldSpec['type'], string>> = {
    ...{ date: laterDate(web.world.today), yuan: '100', number: '1', serial: 'OFFER1', checkbox: '' },
  };
  return field.initial ?? byType[field.type] ?? '说明';
}

async function argsOf(action: AnyAction, doc: Doc, person: Person): Promise<object | null> {
  const context = contextOf(person);
  const fields = await action.fields(doc, context);
  const input: Record<string, string> = Object.fromEntries(fields.map((one) => [one.name, valueOf(one)]));
  if (action.id === 'draft.split') return splitArgs(doc);
  if (fields.some((one) => one.optional !== true && input[one.name] === '' && one.type !== 'checkbox'))
    return null;
  return action.args(doc, input, context);
}

function splitArgs(doc: Doc): object | null {
  const { record, _id } = doc as unknown as {
    _id: string;
    record: { ranges: { no: number; state: string; startFen: string; endFen: string }[] };
  };
  const range = record.ranges.find((one) => one.state === 'OPEN');
  if (range === undefined) return null;
  const rest = BigInt(range.endFen) - BigInt(range.startFen);
  return { DraftID: _id, no: range.no, partsFen: ['1', String(rest)] };
}

async function atLedger(person: Person, action: AnyAction, args: object): Promise<string> {
  const call = {
    contract: action.contract,
    fn: action.fn,
    args: { requestId: `dry-${randomUUID()}`, ...args },
  };
  return web.platform.services.actions.ask(person.userId, call).then(
    () => 'DONE',
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );
}

/** Disagreements on one object, as words. */
async function disagreements(object: OfferObject): Promise<string[]> {
  const doc = await docOf(object);
  const wrong: string[] = [];
  for (const action of pageActions.filter((one) => one.kind === object.kind)) {
    const offers = await Promise.all(
      persons.map(async (person) => ({
        person,
        offered:
          (await isInSight(person, object)) &&
          offeredActions(person, object.kind as SubjectKind, doc as never).some(
            (one) => one.id === action.id && one.allowed,
          ),
      })),
    );
    // Everybody tries with what somebody who may would send, so that a refusal is about the person.
    const able = offers.find((one) => one.offered)?.person;
    for (const { person, offered } of offers) {
      const args = await argsOf(action, doc, able ?? person);
      if (args === null) continue;
      const code = await atLedger(person, action, args);
      // What nobody can do may have nothing to send: an open leg has no serial to take back.
      const isRefused = refusing.includes(code) || (able === undefined && code === 'INVALID_ARGUMENT');
      const allowed = !isRefused;
      if (offered !== allowed)
        wrong.push(`${object.what}: ${action.id} ${person.userId} offered ${offered}, ledger ${code}`);
    }
  }
  return wrong;
}

for (const kind of ['project', 'draft', 'leg', 'alert', 'fund', 'fundCall', 'bankAccount'] as const)
  test(`${kind}: offers and ledger agree for everybody`, async () => {
    const found: string[] = [];
    const own = objects.filter((one) => one.kind === kind);
    assert.ok(own.length > 1);
    for (const object of own) found.push(...(await disagreements(object)));
    assert.deepEqual(found, []);
  });

test('somebody is offered each action on some object, so that the table compares something', async () => {
  const offered = new Set<string>();
  for (const object of objects) {
    const doc = await docOf(object);
    for (const person of persons)
      for (const one of offeredActions(person, object.kind as SubjectKind, doc as never))
        if (one.allowed) offered.add(one.id);
  }
  const tried: readonly string[] = pageActions
    .filter((one) => objects.some((object) => object.kind === one.kind))
    .map((one) => one.id);
  const later = [
    'reconciliation.requestWithdrawal',
    'reconciliation.confirmWithdrawal',
    'project.checkProgress',
    'alert.rectify',
  ];
  assert.deepEqual(
    tried.filter((id) => !offered.has(id) && !later.includes(id)),
    [],
  );
});
