/** Payments, flows and redemptions, each in the state in which it may be acted on. */
import { randomUUID } from 'node:crypto';
import { sha256Hex } from '#kernel/canonical-json.ts';
import { legOf } from '../../src/commands/demo/world.ts';
import { writeParts } from '../../src/models/reconciliation/parts.rules.ts';
import { action, opinion, type Case } from './rights-attempt.ts';
import { entryOf, type TestWeb } from './web.ts';

const leg = (draftId: string | null, legId: string): string => `${draftId ?? ''}~${legId}`;
const serial = (): string => `S${randomUUID().slice(0, 12).toUpperCase()}`;

const registerCase =
  (legId: string): Case =>
  async (web) => {
    const { draftId } = await web.project('ISSUED');
    const fields = { serialNo: serial(), bookingDate: web.world.today };
    return {
      page: action('reconciliation.register', leg(draftId, legId), fields),
      call: { contract: 'reconciliation', fn: 'register', args: { draftId, legId, ...fields } },
    };
  };

const withdrawCase =
  (half: 'request' | 'confirm'): Case =>
  async (web) => {
    const { draftId } = await web.project('ISSUED');
    const registration = { draftId, legId: 'F1', serialNo: serial(), bookingDate: web.world.today };
    const reason = { reason: '登记有误。' };
    const submit = (fn: string, args: object): Promise<unknown> =>
      web.platform.services.actions.act('pfd-1', {
        ...{ contract: 'reconciliation', fn },
        args: { requestId: randomUUID(), ...args },
      });
    await submit('register', registration);
    if (half === 'confirm') await submit('withdrawRegistration', { ...registration, ...reason });
    return {
      page: action(`reconciliation.${half}Withdrawal`, leg(draftId, 'F1'), reason),
      call: {
        contract: 'reconciliation',
        fn: 'withdrawRegistration',
        args: { ...registration, ...reason },
      },
    };
  };

/** A flow that pays leg F1 and that nobody registered; for the confirmation a first person has proposed where it belongs. */
const matchCase =
  (half: 'propose' | 'confirm'): Case =>
  async (web) => {
    const { draftId } = await web.project('ISSUED');
    const draft = await web.world.draft(draftId ?? '');
    const { payer, payee, amountFen } = legOf(draft, 'F1');
    const flow = { serialNo: serial(), bookingDate: web.world.today, amountFen };
    await web.push(payer.bankId, [
      entryOf({ ...flow, payerAccount: payer.account, payeeAccount: payee.account }),
    ]);
    await web.settled();
    const flowKey = [payer.bankId, payer.account, 'DBIT', flow.bookingDate, flow.serialNo, '0'].join('~');
    const parts = [{ draftId: draft.DraftID, legId: 'F1', amountFen }];
    const proposal = { action: 'propose', flowKey, parts, reason: '未登记。' };
    const call = { contract: 'reconciliation', fn: 'match' };
    if (half === 'propose') {
      const typed = { parts: writeParts(parts), reason: proposal.reason };
      return {
        page: action('reconciliation.proposeMatch', flowKey, typed),
        call: { ...call, args: proposal },
      };
    }
    const { result } = await web.platform.services.actions.act('pfd-1', {
      ...call,
      args: { requestId: randomUUID(), ...proposal },
    });
    const id = String(result.id);
    const args = { action: 'confirm', id, opinion };
    return { page: action('reconciliation.confirmMatch', id, { opinion }), call: { ...call, args } };
  };

function flowOf(web: TestWeb): object {
  const party = { name: '', bankNo: '' };
  return {
    ...{ bankId: 'bank-qs', account: '10001000100010001', direction: 'DBIT', status: 'BOOK' },
    ...{
      bookingDate: web.world.today,
      serialNo: serial(),
      subIndex: 0,
      txTime: `${web.world.today}T10:00:00+08:00`,
    },
    ...{ amountFen: '100', currency: 'CNY', purpose: '', reference: '', reversal: false },
    payer: { ...party, account: '10001000100010001' },
    payee: { ...party, account: '20002000200020002' },
    originalSerialNo: null,
    rawHash: sha256Hex('raw'),
  };
}

const flowCase: Case = (web) =>
  Promise.resolve({
    page: null,
    call: { contract: 'reconciliation', fn: 'ingest', args: { flow: flowOf(web), drop: false } },
  });

const flowsCase: Case = (web) => {
  const entry = (): object => ({ requestId: randomUUID(), flow: flowOf(web), drop: false });
  const args = { entries: [entry(), entry()] };
  return Promise.resolve({ page: null, call: { contract: 'reconciliation', fn: 'ingestAll', args } });
};

const redemption =
  (fn: 'request' | 'check', by: 'unit' | 'county' | 'company'): Case =>
  async (web) => {
    const { draftId } = await web.project(fn === 'request' ? 'REDEEMABLE' : 'REQUESTED');
    const base = { action: fn, DraftID: draftId ?? '', opinion };
    if (fn === 'request')
      return {
        page: action('draft.requestRedemption', base.DraftID, { milestoneNo: '1', opinion }),
        call: { contract: 'draft', fn: 'accept', args: { ...base, milestoneNo: 1 } },
      };
    const draft = await web.world.draft(base.DraftID);
    const rid = draft.redemptions[0]?.rid ?? '';
    const call = { contract: 'draft', fn: 'accept', args: { ...base, rid } };
    if (by === 'company')
      await web.platform.services.actions.act('cph-522634-2', {
        ...call,
        args: { ...call.args, requestId: randomUUID() },
      });
    return { page: action('draft.checkRedemption', base.DraftID, { rid, opinion }), call };
  };

/** Rows 9 to 13. */
export const moneyCases: Readonly<Record<string, Case>> = {
  'leg F1 is registered': registerCase('F1'),
  'leg F2 is registered': registerCase('F2'),
  'leg B1 is registered': registerCase('B1'),
  'leg D1 is registered': registerCase('D1'),
  'leg M1 is registered': registerCase('M1'),
  'withdrawal is asked': withdrawCase('request'),
  'withdrawal is confirmed': withdrawCase('confirm'),
  'manual match is proposed': matchCase('propose'),
  'manual match is confirmed': matchCase('confirm'),
  'flow is pushed': flowCase,
  'flows are pushed together': flowsCase,
  'redemption is requested': redemption('request', 'unit'),
  'county checks redemption': redemption('check', 'county'),
  'company approves redemption': redemption('check', 'company'),
};
