/** Every row of the retry table, met by the real client library at the gateway stand-in. */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { describe, test } from 'node:test';
import { retryTable } from '../../src/blockchain/fabric/retry.rules.ts';
import { LedgerRefusal, LedgerUnavailable } from '../../src/blockchain/ledger.port.ts';
import type { Phase } from '../../src/blockchain/fabric/failure.ts';
import { TEST_LIMITS } from '../support/gateway-stand-in/stand-in.ts';
import { openSubject, type Subject } from '../support/gateway-stand-in/under-test.ts';

type Case = (subject: Subject) => Promise<void>;

const DETAILS = 'failed to endorse transaction, see attached details for more info';
const failEndorse = ({ standIn }: Subject, code: status, words: string, times = 1): void =>
  standIn.switches.fail('endorse', { code, message: DETAILS, details: [words] }, times);
const refusedAs = (code: string) => (error: unknown) => error instanceof LedgerRefusal && error.code === code;

/** The transaction came through, and once. */
async function countsOne(subject: Subject): Promise<void> {
  assert.equal((await subject.submit('increment', 'n')).result, '1');
  assert.equal(await subject.ask('get', 'n'), '1');
}

const cases: Readonly<Record<string, Case>> = {
  'other endorser refused': async (subject) => {
    subject.standIn.switches.fail('endorse', {
      code: status.ABORTED,
      message: 'failed to collect enough transaction endorsements, see attached details for more info',
      details: ['chaincode response 500, {"code":"NOT_FOUND","message":"No such object is on the ledger."}'],
    });
    await countsOne(subject);
  },
  'contract refused': async (subject) => {
    await assert.rejects(subject.submit('refuse', 'k'), refusedAs('TOY_REFUSED'));
    assert.equal(subject.ledger.retryCounts['contract refused'], 1);
  },
  'too many requests': async (subject) => {
    for (const phase of ['evaluate', 'endorse', 'submit', 'status'] as const satisfies Phase[])
      subject.standIn.switches.tooManyRequests(phase, 2);
    await countsOne(subject);
    assert.equal(subject.ledger.retryCounts['too many requests'], 8);
  },
  'chaincode down or slow': async (subject) => {
    for (const words of [
      'could not launch chaincode contracts:1',
      'chaincode stream terminated',
      'timeout expired while executing transaction',
    ])
      failEndorse(subject, status.ABORTED, words);
    await countsOne(subject);
  },
  'access denied': async (subject) => {
    failEndorse(subject, status.ABORTED, 'access denied: channel [test] creator org [CountyMSP]');
    await assert.rejects(subject.submit('increment', 'n'), refusedAs('REVOKED_CERTIFICATE'));
    subject.standIn.switches.fail('evaluate', {
      code: status.UNAVAILABLE,
      message: 'evaluate failed',
      details: ['proposal client identity expired'],
    });
    await assert.rejects(subject.ask('get', 'n'), refusedAs('REVOKED_CERTIFICATE'));
    assert.equal(subject.pauses.length, 0);
  },
  'wrong clock': async (subject) => {
    failEndorse(subject, status.ABORTED, 'incorrect timestamp');
    await assert.rejects(subject.submit('increment', 'n'), refusedAs('REFUSED_BY_NETWORK'));
  },
  'already committed': async (subject) => {
    failEndorse(subject, status.ABORTED, 'duplicate transaction found [ab]');
    await assert.rejects(subject.submit('increment', 'n'), refusedAs('DUPLICATE_TRANSACTION'));
  },
  'endorsements differ': async (subject) => {
    failEndorse(subject, status.ABORTED, 'ProposalResponsePayloads do not match');
    await countsOne(subject);
    failEndorse(subject, status.ABORTED, 'ProposalResponsePayloads do not match', 2);
    await assert.rejects(subject.submit('increment', 'n'), LedgerUnavailable);
  },
  'too few organisations': async (subject) => {
    const words = 'no combination of peers can be derived which satisfy the endorsement policy';
    const fault = { code: status.FAILED_PRECONDITION, message: words } as const;
    subject.standIn.switches.fail('endorse', fault, 3);
    await countsOne(subject);
    assert.ok(subject.pauses[0]! < subject.pauses[2]!);
    subject.standIn.switches.fail('endorse', fault, 1000);
    await assert.rejects(subject.submit('increment', 'n'), LedgerUnavailable);
  },
  'endorser lost': async (subject) => {
    failEndorse(subject, status.ABORTED, 'failed to collect enough transaction endorsements');
    await countsOne(subject);
    assert.ok(subject.pauses.every((ms) => ms >= 1000 && ms <= 2000));
  },
  'gateway peer away': async (subject) => {
    subject.standIn.peers.find(({ endpoint }) => endpoint.mspId === 'ProvinceMSP')?.stop();
    await countsOne(subject);
  },
  'endorsement failed': async (subject) => {
    failEndorse(subject, status.INTERNAL, 'something new');
    await countsOne(subject);
    failEndorse(subject, status.INTERNAL, 'something new', 2);
    await assert.rejects(subject.submit('increment', 'n'), LedgerUnavailable);
  },
  'submit forbidden': async (subject) => {
    const { height } = await subject.ledger.info();
    subject.standIn.switches.fail('submit', {
      code: status.ABORTED,
      message: 'received unsuccessful response: status=FORBIDDEN',
    });
    await assert.rejects(subject.submit('increment', 'n'), refusedAs('REVOKED_CERTIFICATE'));
    assert.equal((await subject.ledger.info()).height, height);
  },
  'submit ambiguous': async (subject) => {
    subject.standIn.switches.dropAfterSubmit = 1;
    await countsOne(subject);
    subject.standIn.switches.fail('submit', {
      code: status.UNAVAILABLE,
      message: 'no orderers could successfully process transaction',
    });
    assert.equal((await subject.submit('increment', 'n')).result, '2');
  },
  'status late': async (subject) => {
    subject.standIn.switches.lateStatus = 1;
    await countsOne(subject);
    // Accepted by an orderer that died: the same bytes again.
    subject.standIn.switches.loseSubmitted = 1;
    assert.equal((await subject.submit('increment', 'n')).result, '2');
    assert.equal(await subject.ask('get', 'n'), '2');
  },
  'status denied': async (subject) => {
    subject.standIn.switches.fail('status', {
      code: status.FAILED_PRECONDITION,
      message: 'access denied: channel [test] creator org [ProvinceMSP]',
    });
    await countsOne(subject);
  },
  'status unknown': async (subject) => {
    subject.standIn.switches.fail('status', { code: status.UNAVAILABLE, message: 'Connection dropped' });
    await countsOne(subject);
  },
};

describe('the retry table', () => {
  test('every row has its test', () => {
    assert.deepEqual(
      retryTable.map(({ id }) => id),
      Object.keys(cases),
    );
  });
  for (const row of retryTable) {
    test(`${row.id}: ${row.action}`, async (t) => {
      const subject = await openSubject(t, { limits: { ...TEST_LIMITS, statusMs: 400 } });
      await cases[row.id]?.(subject);
      assert.ok((subject.ledger.retryCounts[row.id] ?? 0) > 0, 'the row was not met');
      const alarms = subject.log.filter(({ level, fields }) => level === 'error' && fields.row === row.id);
      assert.equal(alarms.length > 0, row.alarm ?? false);
    });
  }
});
