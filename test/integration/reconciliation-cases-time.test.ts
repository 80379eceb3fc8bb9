/** Cases of time: what the bank's dates decide, what our clock does not, and what waits too long. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { addDays, workingDaysBetween } from '#kernel/dates.ts';
import { legOf } from '../../src/commands/demo/world.ts';
import { WatchService } from '../../src/models/alert/watch.service.ts';
import { reconciliationCase } from '../support/reconciliation/case.ts';
import { Desk } from '../support/reconciliation/desk.ts';

let desk: Desk;
before(async () => {
  desk = await Desk.open();
});
after(async () => desk.close());

reconciliationCase(
  {
    id: 'T1',
    title: 'Time zone: bank local time without offset',
    outcome:
      'Deadlines are Beijing dates and include their whole day; a time without offset is given the zone of the bank’s profile, its own text stays in the raw message, and it decides nothing.',
  },
  async () => {
    const deadline = addDays(desk.web.world.today, -3);
    const draft = await desk.draft('ISSUED', {
      issuedDaysAgo: 30,
      alter: (plan) => ({
        ...plan,
        legs: plan.legs.map((leg) => (leg.legId === 'F1' ? { ...leg, deadline } : leg)),
      }),
    });
    const serial = desk.serial(deadline);
    const txTime = `${deadline.replaceAll('-', '')} 235959`;
    await desk.register(draft, 'F1', serial);
    const { results } = await desk.pay(draft, 'F1', serial, { txTime });
    assert.equal(await desk.state(draft, 'F1'), 'MATCHED');
    const instant = `${deadline}T23:59:59+08:00`;
    assert.equal((await desk.flow(results[0]?.flowId)).record.flow.txTime, instant);
    assert.equal((await desk.moves(draft, 'F1'))[0]?.ActualTimeOfRemit, instant);
  },
);

reconciliationCase(
  {
    id: 'T2',
    title: 'Booking date, value date and transaction time',
    outcome: 'All three are kept; the booking date alone decides.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const valueDate = addDays(legOf(draft, legId).deadline, 9);
    await desk.register(draft, legId, serial);
    const { results } = await desk.pay(draft, legId, serial, { valueDate, txTime: '2031-01-01T00:00:00Z' });
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    const { flow } = (await desk.flow(results[0]?.flowId)).record;
    assert.deepEqual([flow.valueDate, flow.bookingDate], [valueDate, serial.bookingDate]);
  },
);

reconciliationCase(
  {
    id: 'T5',
    title: 'Time inside the contract',
    outcome:
      'The transaction timestamp is recorded and decides nothing, not even a bound against the booking date (ADR 0007); the contract reads no clock.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial(addDays(desk.web.world.today, 1));
    await desk.register(draft, legId, serial);
    await desk.pay(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    const [step] = await desk.moves(draft, legId);
    assert.ok((step?.at ?? '') < serial.bookingDate);
  },
);

reconciliationCase(
  {
    id: 'T7',
    title: 'Unmatched timer lost on a restart',
    outcome:
      'There is no timer: a sweep looks at what waits and the contract judges it at a date, one alert per subject, rule and level however often it runs.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    const { models, services } = desk.web.platform;
    const watchAt = (days: number): Promise<number> =>
      new WatchService({
        models,
        tick: async (args) => {
          await services.actions.submit('platform', { contract: 'alert', fn: 'tick', args });
        },
        now: () => new Date(Date.now() + days * 86_400_000),
        unmatchedDays: { yellow: 1, red: 3 },
      }).sweep();
    // Two working days: more than one, which is yellow, and whatever day of the week it is today.
    const { today } = desk.web.world;
    let days = 1;
    while (workingDaysBetween(today, addDays(today, days), []) < 2) days += 1;
    await watchAt(days);
    await watchAt(days);
    await desk.web.settled();
    assert.deepEqual(await desk.alerts(draft, 'A05'), ['yellow']);
    await watchAt(14);
    await watchAt(15);
    await desk.web.settled();
    assert.deepEqual((await desk.alerts(draft, 'A05')).sort(), ['red', 'yellow']);
  },
);
