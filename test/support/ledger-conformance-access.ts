/** The part of the conformance suite on refusals: by the contract, and by the channel's access rules. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CLERK, toy, type IssuedIdentity, type LedgerUnderTest } from './ledger-under-test.ts';
import { LedgerRefusal, type LedgerCall, type LedgerIdentity } from '../../src/blockchain/ledger.port.ts';

const YEAR_MS = 365 * 86_400_000;

/** @param open starts a ledger with an empty channel and the toy contract */
export function accessConformance(open: () => Promise<LedgerUnderTest>): void {
  describe('access', () => {
    let subject: LedgerUnderTest;
    let clerk: IssuedIdentity;
    before(async () => {
      subject = await open();
      clerk = await subject.identity(CLERK);
    });
    after(() => subject.close());

    /** Both ways in refuse with the code, and the channel grows by no block. */
    async function assertRefused(
      call: LedgerCall,
      identity: LedgerIdentity,
      code: string,
    ): Promise<LedgerRefusal> {
      const { height } = await subject.ledger.info();
      const refusals: LedgerRefusal[] = [];
      for (const way of ['submit', 'evaluate'] as const) {
        const error: unknown = await subject.ledger[way](call, identity).then(
          () => null,
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof LedgerRefusal, `${way}: ${String(error)}`);
        assert.equal(error.code, code);
        refusals.push(error);
      }
      assert.equal((await subject.ledger.info()).height, height);
      return refusals[0]!;
    }

    test("a contract's refusal carries code, message and details, and writes nothing", async () => {
      const refusal = await assertRefused(toy('refuse', 'k'), clerk, 'TOY_REFUSED');
      assert.equal(refusal.message, 'not like this');
      assert.deepEqual(refusal.details, { key: 'k' });
      assert.equal(await subject.ledger.evaluate(toy('get', 'k'), clerk), '');
    });

    test('an unknown function and an unknown contract are refused', async () => {
      await assertRefused(toy('nothing'), clerk, 'UNKNOWN_FUNCTION');
      await assertRefused({ contract: 'nobody', fn: 'get', args: ['k'] }, clerk, 'UNKNOWN_CONTRACT');
    });

    test('what the contract class inherits cannot be called', async () => {
      for (const fn of ['beforeTransaction', 'unknownTransaction', 'createContext', 'constructor']) {
        await assertRefused(toy(fn), clerk, 'UNKNOWN_FUNCTION');
      }
    });

    test("the creator's MSP, name and attributes reach the contract", async () => {
      const who = JSON.parse(await subject.ledger.evaluate(toy('whoAmI'), clerk)) as Record<string, string>;
      assert.equal(who.mspId, 'CountyMSP');
      assert.match(who.id ?? '', /CN=clerk/);
      assert.equal(who.role, 'county');
      assert.equal(who.division, '522634');
      assert.equal(who.channel, subject.ledger.channel);
      assert.match(who.transactionId ?? '', /^[0-9a-f]{64}$/);
    });

    test('an attribute that is missing or of another value is refused by the contract', async () => {
      const bare = await subject.identity({ mspId: 'CountyMSP', cn: 'bare', attributes: {} });
      await assertRefused(toy('putAs', 'county', 'k'), bare, 'FORBIDDEN');
      await assertRefused(toy('putAs', 'province', 'k'), clerk, 'FORBIDDEN');
      assert.equal((await subject.ledger.submit(toy('putAs', 'county', 'k2'), clerk)).result, 'CountyMSP');
    });

    test('a wrong signature is refused', async () => {
      const other = await subject.identity({ ...CLERK, cn: 'other' });
      await assertRefused(
        toy('put', 'k', '1'),
        { ...clerk, sign: (bytes) => other.sign(bytes) },
        'BAD_SIGNATURE',
      );
      const overOther = { ...clerk, sign: (bytes: Uint8Array) => clerk.sign(Buffer.concat([bytes, bytes])) };
      await assertRefused(toy('put', 'k', '1'), overOther, 'BAD_SIGNATURE');
      await assertRefused(
        toy('put', 'k', '1'),
        { ...clerk, sign: () => Buffer.from('no DER') },
        'BAD_SIGNATURE',
      );
    });

    test('a certificate that no root of its MSP has issued is refused', async () => {
      await assertRefused(toy('put', 'k', '1'), await subject.stranger(CLERK), 'UNKNOWN_CERTIFICATE');
      await assertRefused(toy('put', 'k', '1'), { ...clerk, mspId: 'BankMSP' }, 'UNKNOWN_CERTIFICATE');
      await assertRefused(toy('put', 'k', '1'), { ...clerk, mspId: 'NoMSP' }, 'UNKNOWN_CERTIFICATE');
      await assertRefused(toy('put', 'k', '1'), { ...clerk, certificate: 'nothing' }, 'UNKNOWN_CERTIFICATE');
    });

    test('a certificate outside its dates is refused', async () => {
      const now = Date.now();
      const [longAgo, yesterday, tomorrow] = [now - YEAR_MS, now - 86_400_000, now + 86_400_000].map(
        (ms) => new Date(ms),
      );
      const expired = await subject.identity({ ...CLERK, notBefore: longAgo!, notAfter: yesterday! });
      const early = await subject.identity({
        ...CLERK,
        notBefore: tomorrow!,
        notAfter: new Date(now + YEAR_MS),
      });
      await assertRefused(toy('put', 'k', '1'), expired, 'EXPIRED_CERTIFICATE');
      await assertRefused(toy('put', 'k', '1'), early, 'EXPIRED_CERTIFICATE');
    });

    test('a revoked certificate is refused from the next call on, also after a restart', async () => {
      const leaver = await subject.identity({ ...CLERK, cn: 'leaver' });
      await subject.ledger.submit(toy('put', 'k', '1'), leaver);
      await subject.revoke(leaver.serial);
      await assertRefused(toy('put', 'k', '2'), leaver, 'REVOKED_CERTIFICATE');
      subject = { ...subject, ledger: await subject.restart() };
      await assertRefused(toy('put', 'k', '2'), leaver, 'REVOKED_CERTIFICATE');
      assert.equal(await subject.ledger.evaluate(toy('get', 'k'), clerk), '1');
    });
  });
}
