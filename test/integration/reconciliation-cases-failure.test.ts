/** Cases of concurrency and failure: doubled claims, doubled work, a ledger that is away, storms. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { ruleVersion } from '../../chaincode/src/reconciliation/settle.ts';
import { matchingProcessor } from '../../src/jobs/matching.job.ts';
import { personWith, legOf } from '../../src/commands/demo/world.ts';
import { entriesTo } from '../../src/models/inbox/ingest.ledger.ts';
import { IngestService } from '../../src/models/inbox/ingest.service.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { InfrastructureError } from '../../src/models/kernel/errors.ts';
import { failureKind } from '../../src/models/ledger-action/failure-kind.rules.ts';
import { entryOfLeg } from '../support/web.ts';
import { reconciliationCase } from '../support/reconciliation/case.ts';
import { Desk } from '../support/reconciliation/desk.ts';

let desk: Desk;
before(async () => {
  desk = await Desk.open();
});
after(async () => desk.close());

reconciliationCase(
  {
    id: 'F1',
    title: 'Double registration, same serial, same leg',
    outcome: 'The second is told the same success and writes nothing.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { userId } = personWith(legOf(draft, legId).payer.orgId, 'handle');
    const again = (): Promise<{ result: Record<string, unknown>; transactionId: string }> =>
      desk.web.platform.services.actions.act(userId, {
        ...{ contract: 'reconciliation', fn: 'register' },
        args: { requestId: randomUUID(), draftId: draft.DraftID, legId, ...serial },
      });
    const [first, second] = await Promise.all([again(), again()]);
    assert.deepEqual([first.result.outcome, second.result.outcome], ['DONE', 'DONE']);
    const found = { draftId: draft.DraftID, legId, state: 'WAITING' } as const;
    assert.equal(await desk.web.platform.models.registration.countDocuments(found), 1);
  },
);

reconciliationCase(
  {
    id: 'F2',
    title: 'Same serial registered for two drafts',
    outcome:
      'The first stands; the second is refused on the ledger with red alert A08, its receipt says so, and the flow goes to the first.',
  },
  async () => {
    const [one, two] = [await desk.draft(), await desk.draft()];
    const serial = desk.serial();
    await desk.register(one, 'F1', serial);
    const refused = await desk.register(two, 'F1', serial);
    assert.notEqual(refused.transactionId, null);
    await desk.pay(one, 'F1', serial);
    assert.deepEqual([await desk.state(one, 'F1'), await desk.state(two, 'F1')], ['MATCHED', 'OPEN']);
    assert.deepEqual(await desk.alerts(two, 'A08'), ['red']);
    const kept = { draftId: two.DraftID, serialNo: serial.serialNo };
    assert.equal((await desk.web.platform.models.registration.findOne(kept).lean())?.state, 'REFUSED');
  },
);

reconciliationCase(
  {
    id: 'F3',
    title: 'Wrong serial typed',
    outcome:
      'Two persons of the payer withdraw it, with a reason, before the match only; the registration stays as withdrawn, the serial is free.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const [wrong, right] = [desk.serial(), desk.serial()];
    const { orgId } = legOf(draft, legId).payer;
    const subject = `${draft.DraftID}~${legId}`;
    const half = (post: 'handle' | 'check', act: string): ReturnType<Desk['act']> =>
      desk.act(personWith(orgId, post).userId, `reconciliation.${act}`, {
        subject,
        fields: { reason: '抄错' },
      });
    await desk.register(draft, legId, wrong);
    await half('handle', 'requestWithdrawal');
    assert.equal(await desk.state(draft, legId), 'REGISTERED');
    await half('check', 'confirmWithdrawal');
    assert.equal(await desk.state(draft, legId), 'OPEN');
    await desk.register(draft, legId, right);
    await desk.pay(draft, legId, right);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await half('handle', 'requestWithdrawal')).transactionId, null);
    const kept = { draftId: draft.DraftID, serialNo: wrong.serialNo };
    const withdrawn = await desk.web.platform.models.registration.findOne(kept).lean();
    assert.deepEqual([withdrawn?.state, withdrawn?.record.reason], ['WITHDRAWN', '抄错']);
  },
);

reconciliationCase(
  {
    id: 'F4',
    title: 'Two workers match the same flow',
    outcome:
      'Both deliver the same request id; one transaction writes, the other gets the first answer. One match.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    await desk.web.push(desk.bankOf(draft, legId), [entryOfLeg(draft, legId, serial)]);
    const flow = await InboxFlowModel.findOne({ serialNo: serial.serialNo }).lean();
    const { services, now } = desk.web.platform;
    const worker = (): IngestService =>
      new IngestService({
        submit: entriesTo(services.actions),
        ...{ kindOf: failureKind, now },
      });
    await Promise.all(Array.from({ length: 5 }, () => worker().ingest(flow?._id ?? '')));
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.moves(draft, legId)).length, 1);
  },
);

reconciliationCase(
  {
    id: 'F10',
    title: 'Many flows of one draft at once',
    outcome:
      'In whatever order and block they come: transactions that read the same draft are void but one and decided again, and a leg whose predecessor is missing waits for it.',
  },
  async () => {
    const draft = await desk.draft();
    const legIds = draft.PlanPath.filter((leg) => 'FB'.includes(leg.kind)).map((leg) => leg.legId);
    const serials = new Map(legIds.map((legId) => [legId, desk.serial()]));
    const pushed = legIds.toReversed().flatMap((legId) => {
      const serial = serials.get(legId) ?? desk.serial();
      const entry = entryOfLeg(draft, legId, serial);
      return [desk.web.push(desk.bankOf(draft, legId), [entry]), desk.register(draft, legId, serial)];
    });
    await Promise.all(pushed);
    for (const legId of legIds) assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.now(draft)).Status, 'RAISED');
  },
);

reconciliationCase(
  {
    id: 'F14',
    title: 'A job runs twice',
    outcome:
      'A job is a hint: whoever takes it reads the inbox again; the request id made of key and content keeps the second run without effect.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    const { results } = await desk.pay(draft, legId, serial);
    const process = matchingProcessor(desk.web.platform.services.ingest);
    const job = { data: { flowKeys: [results[0]?.flowId ?? ''] } } as Parameters<typeof process>[0];
    await Promise.all([process(job), process(job)]);
    assert.equal((await desk.moves(draft, legId)).length, 1);
  },
);

reconciliationCase(
  {
    id: 'F18',
    title: 'Ledger away',
    outcome:
      'Flows go on landing and stay open in the inbox, without limit of tries; when the ledger is back they are matched.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { queues, services, now } = desk.web.platform;
    await desk.register(draft, legId, serial);
    await queues.matching.pause();
    const answer = await desk.web.push(desk.bankOf(draft, legId), [entryOfLeg(draft, legId, serial)]);
    assert.equal(answer.status, 202);
    const flow = await InboxFlowModel.findOne({ serialNo: serial.serialNo }).lean();
    const without = new IngestService({
      submit: () => Promise.reject(new InfrastructureError('the ledger is away', 'not-applied')),
      ...{ kindOf: failureKind, now },
    });
    for (let tries = 0; tries < 7; tries += 1) await without.ingest(flow?._id ?? '');
    const waiting = await InboxFlowModel.findById(flow?._id).lean();
    if (waiting?.state !== 'done') assert.deepEqual([waiting?.state, waiting?.attempts], ['open', 7]);
    await queues.matching.resume();
    await services.ingest.ingest(flow?._id ?? '');
    assert.equal(await desk.state(draft, legId), 'MATCHED');
  },
);

reconciliationCase(
  {
    id: 'F20',
    title: 'Alert storm',
    outcome:
      'One open alert per subject, rule and level, however often its cause comes; every cause is kept on the flow.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { results } = await desk.pay(draft, legId, serial);
    const entries = Array.from({ length: 40 }, (_, at) =>
      entryOfLeg(draft, legId, serial, { amountFen: String(at + 1) }),
    );
    await desk.push(desk.bankOf(draft, legId), entries);
    const flow = await desk.flow(results[0]?.flowId);
    assert.equal(flow.conflicts, 40);
    const { alert } = desk.web.platform.models;
    assert.equal(await alert.countDocuments({ rule: 'A07', flowKey: flow._id }), 1);
  },
);

reconciliationCase(
  {
    id: 'F23',
    title: 'Rule or contract upgraded while flows wait',
    outcome:
      'The rule version stands with every decision; what waits is decided by the version that runs then, what is settled never again.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { results } = await desk.pay(draft, legId, serial);
    await desk.register(draft, legId, serial);
    const flow = await desk.flow(results[0]?.flowId);
    assert.equal(flow.record.outcome?.ruleVersion, ruleVersion);
    const before = flow.ver;
    await desk.web.platform.services.actions.act('platform', {
      ...{ contract: 'reconciliation', fn: 'checking' },
      args: { requestId: randomUUID(), bankId: flow.bankId, account: flow.account, ...serial },
    });
    await desk.web.settled();
    assert.equal((await desk.flow(flow._id)).ver, before);
  },
);
