/** Cases that other suites prove, by the names of their tests: nothing is run twice, and the document looks every name up. */
import { provenBy } from './case.ts';

provenBy(
  {
    id: 'D4',
    title: 'Replay of an old signed request',
    outcome:
      'Outside 300 s: the same 401 as any failed authentication, nothing stored. Inside: the first row, every entry `duplicate`.',
  },
  {
    file: 'test/integration/bank-attacks.test.ts',
    test: 'replay: the same bytes again change nothing, under another id or later they are not authentic',
  },
);

provenBy(
  {
    id: 'D8',
    title: 'Push never arrives',
    outcome:
      'The day-end statement finds it; a second person confirms, it goes through the same inbox with the statement as its message, and matches; the page says where it came from, and the desk counts per bank what the push forgot. A silent bank is told after 30 minutes (E02).',
  },
  {
    file: 'test/integration/statements.test.ts',
    test: 'the push forgot a registered payment: the statement brings it, a second person confirms, the leg is matched',
  },
);

provenBy(
  {
    id: 'D9',
    title: 'Pushed flow missing from the day-end statement',
    outcome:
      'Nothing is un-matched; red system alert E10 names flow and bank. The draft is frozen by people, not by itself (ADR 0007).',
  },
  {
    file: 'test/integration/statements.test.ts',
    test: 'the push forgot a registered payment: the statement brings it, a second person confirms, the leg is matched',
  },
);

provenBy(
  {
    id: 'C17',
    title: 'GBK or mixed encodings, byte order mark, control characters',
    outcome:
      'The signature is checked over the raw bytes first. Pushed JSON is UTF-8 alone: another declared charset is 415, undecodable bytes are quarantined whole (ADR 0007); statement files may be GB18030.',
  },
  {
    file: 'src/models/inbox/wire.rules.test.ts',
    test: 'bytes that are not UTF-8, not JSON, too deep or without entries are unreadable',
  },
);

provenBy(
  { id: 'C17', title: 'GBK or mixed encodings, byte order mark, control characters', outcome: '' },
  {
    file: 'test/integration/bank-push.test.ts',
    test: 'another charset is refused with 415 and too large a body with 413',
  },
);

provenBy(
  { id: 'C12', title: 'Bank correction (冲正) against return (退汇)', outcome: '' },
  {
    file: 'test/integration/bank-profile.test.ts',
    test: 'a correction in the words of the bank: a negative amount takes the payment back, on the ledger too',
  },
);

provenBy(
  {
    id: 'T4',
    title: 'Clock skew, the bank’s',
    outcome:
      '300 s both ways, on the signature timestamp only; the difference is kept per bank, and its trend is shown and warned of above 60 s.',
  },
  {
    file: 'test/integration/bank-attacks.test.ts',
    test: 'stale and future time: refused beyond 300 seconds both ways, taken within',
  },
);

provenBy(
  {
    id: 'T4',
    title: 'Clock skew, the bank’s',
    outcome: 'The warning (E11) is told once and closes itself when the clock is well again.',
  },
  {
    file: 'test/integration/system-alerts.test.ts',
    test: 'E11: a bank’s clock that is off is told once, and closed by itself when it is well again',
  },
);

provenBy(
  {
    id: 'T6',
    title: 'Holidays, month end, year end',
    outcome:
      'Deadlines roll to a working day once, at issue; thresholds count working days by the calendar on the ledger.',
  },
  {
    file: 'chaincode/src/alert/alert.test.ts',
    test: 'a registration without flow and a flow without registration are told after one and three working days',
  },
);

provenBy(
  {
    id: 'F5',
    title: 'MVCC or phantom conflict',
    outcome:
      'The transaction is void; the call is endorsed anew on the fresh state, at most 8 times with growing random pauses, then it goes back to the inbox.',
  },
  {
    file: 'test/support/ledger-conformance.ts',
    test: 'of transactions that read the same version one is valid; the others change nothing',
  },
);

provenBy(
  {
    id: 'F6',
    title: 'Commit status unknown',
    outcome:
      'Asked for under the same transaction id; never sent again under another. If it stays unknown, the same request id makes the next try harmless.',
  },
  {
    file: 'test/integration/fabric-failures.test.ts',
    test: 'after a crash the same transaction is taken up again, and never a second one',
  },
);

provenBy(
  { id: 'F7', title: 'Duplicate transaction id', outcome: 'Means already sent: its status is looked up.' },
  { file: 'test/support/ledger-conformance.ts', test: 'the same signed transaction is taken once' },
);

provenBy(
  { id: 'F8', title: 'Endorsements differ', outcome: 'No retry; a red alarm: a fault of the contract.' },
  { file: 'test/integration/fabric-retry.test.ts', test: 'every row has its test' },
);

provenBy(
  {
    id: 'F9',
    title: 'Contract rejects',
    outcome:
      'Terminal: the flow is set aside as failed with the code, E08 tells the operators, who may open it again after a fix. What must leave a trace is committed as REFUSED with its alert.',
  },
  {
    file: 'test/integration/operations.test.ts',
    test: 'a flow that was set aside is opened again and carried to the ledger',
  },
);

provenBy(
  {
    id: 'F11',
    title: 'Huge batch (50,000 flows)',
    outcome:
      'Taken as a statement file, read in slices without growing memory, delivered in slices; count and sums are the manifest and must agree with the file before anything is taken.',
  },
  {
    file: 'test/integration/statements.test.ts',
    test: 'a reading that a crash broke off begins again, a delivery goes on, each row once',
  },
);

provenBy(
  {
    id: 'F12',
    title: 'Restart in mid-batch',
    outcome: 'Every row is keyed and its delivery idempotent; the sweep goes on where it stood.',
  },
  {
    file: 'test/integration/faults.test.ts',
    test: 'what a bank was told is kept survives kill -9, a wiped Redis and a lost document server',
  },
);

provenBy(
  {
    id: 'F13',
    title: 'Worker killed between the write and the queue',
    outcome:
      'The flow’s document is its own outbox row; a sweep every two seconds finds rows without a finished delivery.',
  },
  {
    file: 'test/integration/bank-push.test.ts',
    test: 'a lost hint to the queue loses nothing: the sweep finds the flow',
  },
);

provenBy(
  {
    id: 'F15',
    title: 'Poison message',
    outcome:
      'Five tries with growing pauses, then set aside with reason and attempts, E08; one press replays it. The lane goes on.',
  },
  {
    file: 'test/integration/operations.test.ts',
    test: 'a message is replayed: what was stored before comes back as a duplicate',
  },
);

provenBy(
  {
    id: 'F16',
    title: 'Redis lost',
    outcome: 'The inbox is the truth; the schedule and the hints are made again.',
  },
  { file: 'test/integration/faults.test.ts', test: 'Redis emptied while flows wait: the sweep matches them' },
);

provenBy(
  {
    id: 'F17',
    title: 'Document store away',
    outcome: '503 with Retry-After; nothing is acknowledged that is not durable.',
  },
  {
    file: 'test/integration/faults.test.ts',
    test: 'no document server: 503 with Retry-After, then all is well',
  },
);

provenBy(
  {
    id: 'F19',
    title: 'Read model behind, or of another ledger',
    outcome:
      'Every page names the block it shows; the checker derives everything again and names each difference; a read model of another ledger is refused.',
  },
  {
    file: 'test/integration/read-model-check.test.ts',
    test: 'a read model that is behind, and one of another ledger, are told',
  },
);

provenBy(
  {
    id: 'F21',
    title: 'Alert delivery fails',
    outcome:
      'Alerts are ledger records and rows; telling them is a sweep over what was not told yet, each event once.',
  },
  {
    file: 'test/integration/notifications.test.ts',
    test: 'an event is told once, also when it is told again by several at once',
  },
);

provenBy(
  {
    id: 'T3',
    title: 'Clock skew, ours',
    outcome:
      'Where NTP_SERVER is set, a start with a clock more than a second off ends with a sentence; else the operators’ page says that the clock is not checked.',
  },
  {
    file: 'src/servers/clock-offset.test.ts',
    test: 'a platform whose clock is more than a second off does not start, one whose clock is right does',
  },
);
