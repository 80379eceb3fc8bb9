/** Forgeries at the bank's door: what each is answered, and that nothing of it is stored. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { banks } from '../../src/commands/demo/organisations.ts';
import { BankMessageModel } from '../../src/models/inbox/inbox.schema.ts';
import { SystemAlertModel } from '../../src/models/system-alert/system-alert.schema.ts';
import {
  attackedBank,
  lengthOf,
  openAttackedDoor,
  stored,
  storesNothing,
  type AttackedDoor,
} from '../support/attacked-door.ts';
import { freshEntry } from '../support/bank-message.ts';
import { requestBytes, sendRaw } from '../support/raw-http.ts';

let door: AttackedDoor;
before(async () => {
  door = await openAttackedDoor();
});
after(async () => door.close());
const bankId = attackedBank;

test('replay: the same bytes again change nothing, under another id or later they are not authentic', async () => {
  const sent = door.message();
  assert.equal((await door.push(sent)).status, 202);
  const { headers, body } = sent;
  await storesNothing(async () => {
    const again = await door.push(sent);
    assert.equal((again.body as { results: { result: string }[] }).results[0]?.result, 'duplicate');
    assert.equal(
      (await door.push({ headers: { ...headers, 'webhook-id': randomUUID() }, body })).status,
      401,
    );
    const later = String(Number(headers['webhook-timestamp']) + 1);
    assert.equal(
      (await door.push({ headers: { ...headers, 'webhook-timestamp': later }, body })).status,
      401,
    );
  });
});

test('replay at another door: a message marked for the self-test is never stored', async () => {
  const body = JSON.stringify({ selfTest: true, entries: [freshEntry()] });
  const sent = door.message({ body });
  await storesNothing(async () => {
    assert.equal((await door.push(sent, 'self-test')).status, 200);
    assert.equal((await door.push(sent)).status, 422);
  });
});

test('flipped bits: every bit of the signed headers and of every byte of the body is refused', async () => {
  const sent = door.message();
  const signedHeaders = ['bank-id', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const attempts = signedHeaders.flatMap((name) =>
    flips(sent.headers[name] ?? '', 8).map((value) => ({
      ...sent,
      headers: { ...sent.headers, [name]: value },
    })),
  );
  attempts.push(...flips(sent.body, 1).map((body) => ({ ...sent, body })));
  assert.ok(attempts.length > 1000);
  await storesNothing(async () => {
    const statuses = await inLanes(attempts, async ({ headers, body }) => {
      const bytes = Buffer.from(body, 'latin1');
      return (await door.raw({ ...headers, ...lengthOf(bytes) }, bytes)).status;
    });
    assert.deepEqual([...new Set(statuses)].sort(), [400, 401]);
  });
  assert.equal((await door.push(sent)).status, 202, 'the message itself is good');
});

test('flipped bits in what is not signed: nothing but the message itself can come of it', async () => {
  const sent = door.message();
  const request = requestBytes('POST /api/v1/bank/flows HTTP/1.1', {
    ...sent.headers,
    ...lengthOf(sent.body),
  });
  const before = await stored();
  await inLanes(flips(request.toString('latin1'), 1), async (head) => {
    const parts = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(sent.body)]);
    // A length that became larger leaves the server waiting for what never comes.
    return (await sendRaw(door.port, parts, (socket) => socket.end())).status;
  });
  const kept = await BankMessageModel.findById(`${bankId}~${sent.headers['webhook-id'] ?? ''}`).lean();
  const now = await stored();
  const more = kept === null ? 0 : 1;
  assert.deepEqual([now.messages - before.messages, now.flows - before.flows], [more, more]);
});

test('the key of another bank: not authentic under either name; a body that names another bank is refused and told', async () => {
  const theirs = door.secretOf(banks.county);
  const alert = { rule: 'E03', subject: bankId, open: true } as const;
  const seen = async (): Promise<number> => (await SystemAlertModel.findOne(alert).lean())?.seen ?? 0;
  const before = await seen();
  await storesNothing(async () => {
    assert.equal((await door.push(door.message({ secret: theirs }))).status, 401);
    const body = JSON.stringify({ bankId: banks.county, entries: [freshEntry()] });
    assert.equal((await door.push(door.message({ body }))).status, 403);
  });
  assert.ok((await seen()) > before);
});

test('stale and future time: refused beyond 300 seconds both ways, taken within', async () => {
  const now = Math.floor(Date.now() / 1000);
  await storesNothing(async () => {
    for (const shift of [-310, 310, -86_400, 86_400])
      assert.equal((await door.push(door.message({ timestamp: now + shift }))).status, 401, `${shift} s`);
  });
  for (const shift of [-280, 280])
    assert.equal((await door.push(door.message({ timestamp: now + shift }))).status, 202);
});

test('an id used again with another body: 409, the other bytes are kept as evidence and told, no flow is stored', async () => {
  const id = randomUUID();
  await door.push(door.message({ id }));
  const other = door.message({ id });
  await storesNothing(async () => assert.equal((await door.push(other)).status, 409));
  const kept = await BankMessageModel.findById(`${bankId}~${id}`).lean();
  assert.equal(kept?.others.length, 1);
  assert.ok((await SystemAlertModel.exists({ rule: 'E07', subject: `${bankId}~${id}` })) !== null);
});

test('fifty equal messages at once: one is accepted, one message and one flow are stored', async () => {
  const sent = door.message();
  const before = await stored();
  const answers = await Promise.all(Array.from({ length: 50 }, () => door.push(sent)));
  const results = answers.map(({ body }) => (body as { results: { result: string }[] }).results[0]?.result);
  assert.deepEqual(
    ['accepted', 'duplicate'].map((one) => results.filter((result) => result === one).length),
    [1, 49],
  );
  const now = await stored();
  assert.deepEqual([now.messages - before.messages, now.flows - before.flows], [1, 1]);
  await door.web.settled();
});

/** The text with one bit changed, at every byte: all eight of them, or one that goes round. */
function flips(text: string, bitsPerByte: 1 | 8): string[] {
  const bytes = Buffer.from(text, 'latin1');
  return Array.from(bytes).flatMap((byte, at) => {
    const bits = bitsPerByte === 8 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8];
    return bits.map((bit) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = byte ^ (1 << bit);
      return flipped.toString('latin1');
    });
  });
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.values();
  const lane = async (): Promise<void> => {
    for (const item of waiting) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return results;
}
