/** Random stories on a fake ledger, for what is counted: drafts, legs, flows, projects and alerts of several places change at random. */
import { alertLevel } from '#kernel/records/alert.ts';
import { legStates, draftStatuses, type Draft } from '#kernel/records/draft.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { projectStates } from '#kernel/records/project.ts';
import { flowStates } from '#kernel/records/reconciliation.ts';
import { FakeLedger, type FakeTransaction, type FakeWrite } from './fake-ledger.ts';
import {
  accountRecord,
  accountRef,
  actOf,
  alertRecord,
  draftRecord,
  flowRecord,
  legRecord,
  organisationRecord,
  outcomeRecord,
  progressRecord,
  projectRecord,
  write,
} from './ledger-records.ts';

/** Numbers from 0 up to 1, the same for the same seed. */
export type Chance = () => number;

/** A generator of chances (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of a list. */
export function oneOf<T>(chance: Chance, list: readonly T[]): T {
  const found = list[Math.floor(chance() * list.length)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

const counties = ['522634', '520526'];

/** A ledger with so many blocks of random changes after its members. */
export function randomLedger(chance: Chance, blocks: number): FakeLedger {
  const ledger = new FakeLedger();
  const orgs = ['pfd', 'lpf', 'icbc', 'cpc', 'unit1'];
  ledger.append([
    {
      id: 'members',
      writes: [
        ...orgs.map((id) => write.organisation(organisationRecord(id))),
        ...[
          ['pfd', '10001'],
          ['lpf', '20001'],
          ['cpc', '30001'],
        ].map(([org = '', number = '']) => write.account(accountRecord(org, number))),
      ],
    },
  ]);
  for (let block = 0; block < blocks; block += 1) {
    const transactions = Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, at): FakeTransaction => {
      return { id: `r${block}-${at}`, writes: oneOf(chance, changes)(chance) };
    });
    ledger.append(transactions);
  }
  return ledger;
}

const changes: readonly ((chance: Chance) => FakeWrite[])[] = [randomDraft, randomDraft, randomFlow, other];

function randomDraft(chance: Chance): FakeWrite[] {
  const at = 1 + Math.floor(chance() * 5);
  const place = placeOf(at);
  const legs = [
    legRecord('F1'),
    legRecord('B1', { payer: accountRef('icbc', '50001') }),
    legRecord('D1', { payer: accountRef('lpf', '20001'), payee: accountRef('cpc', '30001') }),
    legRecord('M1', { payer: accountRef('cpc', '30001'), payee: accountRef(place.unit, '40001') }),
    legRecord('X1', { payer: accountRef('lpf', '20001'), payee: accountRef('pfd', '10001') }),
  ];
  const progress = legs.map(({ legId }) => {
    const state = oneOf(chance, legStates);
    const day = String(1 + Math.floor(chance() * 28)).padStart(2, '0');
    const decided = chance() < 0.5 ? null : actOf('u1', 'plo', `2026-11-${day}T17:00:00.000Z`);
    const matchedFen = String(Math.floor(chance() * 1e12));
    return progressRecord(legId, { state, matchedFen, decided });
  });
  const Status = oneOf(chance, draftStatuses);
  const record: Draft = draftRecord(`d${at}`, {
    ...{ ProjectID: `p${at}`, division: place.county, PlanPath: legs, legs: progress, Status },
  });
  return [write.project(projectOf(chance, at)), write.draft(record)];
}

function placeOf(at: number): { county: string; township: string; unit: string } {
  const county = counties[at % counties.length] ?? '';
  return { county, township: `${county}10${at % 3}`, unit: `unit${at}` };
}

function projectOf(chance: Chance, at: number): ReturnType<typeof projectRecord> {
  const { county, township, unit } = placeOf(at);
  const { content } = projectRecord('p');
  return projectRecord(`p${at}`, {
    ...{ division: county, state: oneOf(chance, projectStates), draftId: `d${at}` },
    content: { ...content, townshipCode: township, unitOrgId: unit },
  });
}

function randomFlow(chance: Chance): FakeWrite[] {
  const flow = flowRecord(`S${Math.floor(chance() * 12)}`);
  const isTied = chance() < 0.5;
  const tie = { draftId: isTied ? `d${1 + Math.floor(chance() * 5)}` : null, legId: isTied ? 'F1' : null };
  const outcome = outcomeRecord(flowKeyOf(flow), { state: oneOf(chance, flowStates), ...tie });
  return [write.flow(flow), write.outcome(flow, outcome)];
}

function other(chance: Chance): FakeWrite[] {
  const alert = alertRecord(`a${Math.floor(chance() * 8)}`, {
    level: oneOf(chance, alertLevel.options),
    state: oneOf(chance, ['RAISED', 'CLOSED'] as const),
    division: oneOf(chance, counties),
  });
  return chance() < 0.5
    ? [write.alert(alert)]
    : [write.project(projectOf(chance, 1 + Math.floor(chance() * 5)))];
}
