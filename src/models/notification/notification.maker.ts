/** Makes notifications from what the read model shows of the ledger: from the next block on, each event once for each person. */
import type { ProjectionHeight } from '../../blockchain/projector/projection-height.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { versionOf } from '../read-model/derived.ts';
import {
  aboutOf,
  isTold,
  linkOf,
  readerRoles,
  toldTypes,
  type Reader,
  type ToldEvent,
} from './notification.rules.ts';
import { NotificationCursorModel, NotificationModel, type Notification } from './notification.schema.ts';

/** What the making needs from outside. */
export interface MakerDeps {
  readonly models: Pick<ReadModels, 'activity' | 'leg' | 'organisation' | 'user'>;
  readonly height: Pick<ProjectionHeight, 'current'>;
  readonly channel: string;
}

/** Blocks looked at in one step. */
const window = 200;

/**
 * Tells every event that has not been told yet. To repeat it, or to run it twice at once, tells nothing twice: a row's
 * id is made of event and person.
 * @returns ids of the people who have something new
 */
export async function makeNotifications(deps: MakerDeps): Promise<string[]> {
  const { height, channel } = deps;
  const shown = await height.current();
  const people = new Set<string>();
  let next = (await NotificationCursorModel.findById(channel).lean())?.nextBlock ?? 0;
  let readers: readonly Reader[] | null = null;
  while (next < shown) {
    const until = Math.min(shown, next + window);
    const events = await eventsBetween(deps, next, until);
    if (events.length > 0) {
      readers ??= await readersOf(deps);
      for (const userId of await tell(rowsOf(events, readers))) people.add(userId);
    }
    next = until;
    await NotificationCursorModel.updateOne(
      { _id: channel },
      { $max: { nextBlock: next } },
      { upsert: true },
    );
  }
  return [...people];
}

type Event = ToldEvent & Pick<Notification, '_id' | 'block' | 'at'>;

async function eventsBetween({ models }: MakerDeps, from: number, until: number): Promise<Event[]> {
  const events = await models.activity
    .find({
      type: { $in: [...toldTypes] },
      ver: { $gte: versionOf({ block: from, txIndex: 0 }), $lt: versionOf({ block: until, txIndex: 0 }) },
    })
    .sort({ ver: 1, seq: 1 })
    .lean<Event[]>();
  return withEnds(models, events);
}

/** An event of a leg names both banks and the issuer too; it is told to those who pay and those who are paid. */
async function withEnds(models: MakerDeps['models'], events: readonly Event[]): Promise<Event[]> {
  const keyOf = (event: Event): string => `${event.draftId ?? ''}~${event.legId ?? ''}`;
  const ofLegs = events.filter((one) => one.type.startsWith('leg.'));
  const legs = await models.leg
    .find({ _id: { $in: [...new Set(ofLegs.map(keyOf))] } }, { payerOrgId: 1, payeeOrgId: 1 })
    .lean();
  const ends = new Map(legs.map((leg) => [leg._id, [leg.payerOrgId, leg.payeeOrgId]]));
  return events.map((event) =>
    event.type.startsWith('leg.') ? { ...event, parties: ends.get(keyOf(event)) ?? [] } : event,
  );
}

async function readersOf({ models }: MakerDeps): Promise<Reader[]> {
  const [users, organisations] = await Promise.all([
    models.user.find({ state: 'ACTIVE', role: { $in: [...readerRoles] } }).lean(),
    models.organisation.find({ state: 'ACTIVE' }).lean(),
  ]);
  const divisions = new Map(organisations.map((one) => [one._id, one.record.division]));
  return users.flatMap((user) => {
    const division = divisions.get(user.orgId);
    const { role, posts } = user.record;
    return division === undefined ? [] : [{ userId: user._id, orgId: user.orgId, role, posts, division }];
  });
}

function rowsOf(events: readonly Event[], readers: readonly Reader[]): Notification[] {
  return events.flatMap((event) =>
    readers
      .filter((person) => isTold(person, event))
      .map((person) => ({
        _id: `${event._id}~${person.userId}`,
        userId: person.userId,
        type: event.type,
        about: aboutOf(event),
        link: linkOf(person, event),
        block: event.block,
        at: event.at,
        readAt: null,
      })),
  );
}

/** @returns whose rows were not there before */
async function tell(rows: readonly Notification[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const written = await NotificationModel.bulkWrite(
    rows.map(({ _id, ...row }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: row }, upsert: true },
    })),
    { ordered: false },
  );
  return Object.keys(written.upsertedIds).map((at) => rows[Number(at)]?.userId ?? '');
}
