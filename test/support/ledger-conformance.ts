/** The conformance suite of the Ledger port: what every adapter must do alike, told through the toy contract. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessConformance } from './ledger-conformance-access.ts';
import { blockConformance } from './ledger-conformance-blocks.ts';
import { CLERK, toy, type IssuedIdentity, type LedgerUnderTest } from './ledger-under-test.ts';
import {
  LedgerConflict,
  LedgerRefusal,
  type Committed,
  type LedgerCall,
} from '../../src/blockchain/ledger.port.ts';

const ROUNDS = 100;

/**
 * Declares the suite.
 * @param open starts a ledger with an empty channel and the toy contract
 */
export function ledgerConformance(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`${name}: the Ledger port`, () => {
    stateConformance(open);
    conflictConformance(open);
    accessConformance(open);
    blockConformance(open);
  });
}

function stateConformance(open: () => Promise<LedgerUnderTest>): void {
  describe('state', () => {
    let subject: LedgerUnderTest;
    let clerk: IssuedIdentity;
    before(async () => {
      subject = await open();
      clerk = await subject.identity(CLERK);
    });
    after(() => subject.close());
    const submit = (...call: Parameters<typeof toy>): Promise<Committed> =>
      subject.ledger.submit(toy(...call), clerk);
    const ask = (...call: Parameters<typeof toy>): Promise<string> =>
      subject.ledger.evaluate(toy(...call), clerk);

    test('what is committed is read by the next query, and its result comes back', async () => {
      const committed = await submit('put', 'a', '一');
      assert.equal(committed.result, '一');
      assert.match(committed.transactionId, /^[0-9a-f]{64}$/);
      assert.equal(await ask('get', 'a'), '一');
    });

    test('a transaction does not read its own writes', async () => {
      await submit('put', 'own', 'before');
      assert.equal((await submit('putAndGet', 'own', 'after')).result, 'before');
      assert.equal(await ask('get', 'own'), 'after');
    });

    test('a deleted key is absent, and a missing one is empty', async () => {
      await submit('put', 'gone', '1');
      await submit('remove', 'gone');
      assert.equal(await ask('get', 'gone'), '');
      assert.equal(await ask('get', 'never'), '');
    });

    test('a query writes nothing', async () => {
      await ask('put', 'queried', '1');
      assert.equal(await ask('get', 'queried'), '');
    });

    test('ranges run in UTF-8 order, from the start included to the end left out', async () => {
      // U+FF08 sorts before U+10000 in UTF-8 and after it in UTF-16.
      const keys = ['r1', 'r10', 'r2', 'rA', 'ra', 'r中', 'r（', 'r\u{10000}'];
      for (const key of [...keys].reverse()) await submit('put', key, 'x');
      assert.deepEqual(JSON.parse(await ask('range', 'r', 's')), keys);
      assert.deepEqual(JSON.parse(await ask('range', 'r10', 'ra')), ['r10', 'r2', 'rA']);
    });

    test('an open range holds simple keys only', async () => {
      await submit('putComposite', 'OPEN', '["x"]', '1');
      const keys = JSON.parse(await ask('range', '', '')) as string[];
      assert.ok(keys.includes('a'));
      assert.ok(keys.every((key) => !key.startsWith('\u0000')));
    });

    test('an empty range, and a range that ends before it begins, give nothing', async () => {
      assert.deepEqual(JSON.parse(await ask('range', 'x1', 'x2')), []);
      assert.deepEqual(JSON.parse(await ask('range', 'z', 'a')), []);
      assert.deepEqual(JSON.parse(await ask('listComposite', 'NOTHING', '[]')), []);
    });

    test('composite keys are found by their first attributes, in order', async () => {
      const keys = [
        ['52', '1'],
        ['52', '（二）'],
        ['5226', '1'],
      ];
      for (const attributes of [...keys].reverse())
        await submit('putComposite', 'LEG', JSON.stringify(attributes), '1');
      await submit('putComposite', 'LEGS', '["52","9"]', '1');
      assert.deepEqual(JSON.parse(await ask('listComposite', 'LEG', '[]')), keys);
      assert.deepEqual(JSON.parse(await ask('listComposite', 'LEG', '["52"]')), keys.slice(0, 2));
    });

    test('pages follow their bookmark to the end', async () => {
      for (const key of ['p1', 'p2', 'p3']) await submit('put', key, 'x');
      const first = JSON.parse(await ask('page', 'p1', 'p9', '')) as { keys: string[]; bookmark: string };
      assert.deepEqual(first.keys, ['p1', 'p2']);
      const second = JSON.parse(await ask('page', 'p1', 'p9', first.bookmark)) as {
        keys: string[];
        bookmark: string;
      };
      assert.deepEqual(second, { keys: ['p3'], bookmark: '' });
    });

    test("a key's history is told newest first", async () => {
      await submit('put', 'h', '1');
      await submit('put', 'h', '2');
      await submit('remove', 'h');
      assert.deepEqual(JSON.parse(await ask('history', 'h')), [null, '2', '1']);
    });
  });
}

function conflictConformance(open: () => Promise<LedgerUnderTest>): void {
  describe('conflicts', () => {
    let subject: LedgerUnderTest;
    let clerk: IssuedIdentity;
    before(async () => {
      subject = await open();
      clerk = await subject.identity(CLERK);
    });
    after(() => subject.close());
    const settle = (calls: readonly LedgerCall[]): Promise<PromiseSettledResult<Committed>[]> =>
      Promise.allSettled(calls.map((call) => subject.ledger.submit(call, clerk)));

    test('of transactions that read the same version one is valid; the others change nothing', async () => {
      const conflicts: LedgerConflict[] = [];
      let committed = 0;
      for (let round = 0; round < ROUNDS && conflicts.length === 0; round++) {
        const outcomes = await settle(Array.from({ length: 8 }, () => toy('increment', 'counter')));
        committed += outcomes.filter(({ status }) => status === 'fulfilled').length;
        conflicts.push(...conflictsIn(outcomes));
        assert.equal(await subject.ledger.evaluate(toy('get', 'counter'), clerk), String(committed));
      }
      const [conflict] = conflicts;
      assert.ok(conflict, 'no conflict came about');
      assert.equal(conflict.code, 'MVCC_READ_CONFLICT');
      const status = await subject.ledger.transactionStatus(conflict.transactionId);
      assert.equal(status.state, 'committed');
      assert.equal(status.code, 'MVCC_READ_CONFLICT');
    });

    test('a key that comes into a range between simulation and commit is a phantom', async () => {
      const conflicts: LedgerConflict[] = [];
      for (let round = 0; round < ROUNDS && conflicts.length === 0; round++) {
        const puts = Array.from({ length: 8 }, (_, index) => toy('put', `f${round}-${index}`, 'x'));
        const counts = Array.from({ length: 8 }, (_, index) => toy('countRange', 'f', 'g', `count${index}`));
        conflicts.push(...conflictsIn(await settle(puts.flatMap((put, index) => [put, counts[index]!]))));
      }
      assert.equal(conflicts[0]?.code, 'PHANTOM_READ_CONFLICT');
      assert.equal(
        (await subject.ledger.transaction(conflicts[0].transactionId))?.transaction.code,
        conflicts[0].code,
      );
    });

    test('a transaction that conflicts with nothing commits beside others', async () => {
      const outcomes = await settle(
        Array.from({ length: 40 }, (_, index) => toy('increment', `own${index}`)),
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        outcomes.map(() => 'fulfilled'),
      );
    });

    test('the same signed transaction is taken once', async () => {
      const [first, second] = await subject.submitTwice(toy('increment', 'once'), clerk);
      assert.equal(first?.status, 'fulfilled');
      assert.equal(second?.status, 'rejected');
      const error: unknown = second.reason;
      assert.ok(error instanceof LedgerRefusal || error instanceof LedgerConflict);
      assert.match(error.code, /^DUPLICATE_(TRANSACTION|TXID)$/);
      assert.equal(await subject.ledger.evaluate(toy('get', 'once'), clerk), '1');
    });
  });
}

function conflictsIn(outcomes: readonly PromiseSettledResult<Committed>[]): LedgerConflict[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    assert.ok(outcome.reason instanceof LedgerConflict, String(outcome.reason));
    return [outcome.reason];
  });
}
