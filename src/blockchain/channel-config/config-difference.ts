/** Works out what a changed channel configuration writes, in the form that orderers accept. Pure. */
import { common } from '@hyperledger/fabric-protos';

/** What was read with its versions, and what is written over it. */
interface Difference {
  readonly read: common.ConfigGroup;
  readonly write: common.ConfigGroup;
  readonly isChanged: boolean;
}

/** An entry of a group: a value, a policy or a group. */
interface Entry {
  getVersion(): number;
  setVersion(version: number): void;
  getModPolicy(): string;
  serializeBinary(): Uint8Array;
}

/** A map of a group as the protocol buffers hand it out. */
interface EntryMap<E extends Entry> {
  get(name: string): E | undefined;
  set(name: string, entry: E): unknown;
  keys(): { next(): { value: string; done?: boolean } };
}

/** Entries that are read, written, or merely there. */
interface Sorted<E extends Entry> {
  readonly read: ReadonlyMap<string, E>;
  readonly written: ReadonlyMap<string, E>;
  readonly same: ReadonlyMap<string, E>;
  /** True when an entry came or went. */
  readonly hasOtherMembers: boolean;
}

/**
 * @param channel the channel's name
 * @param before the configuration's root group as it stands
 * @param after the same, changed; versions in it are ignored
 * @returns the update to sign, null when nothing changes
 */
export function configDifference(
  channel: string,
  before: common.ConfigGroup,
  after: common.ConfigGroup,
): common.ConfigUpdate | null {
  const { read, write, isChanged } = groupDifference(before, after);
  if (!isChanged) return null;
  const update = new common.ConfigUpdate();
  update.setChannelId(channel);
  update.setReadSet(read);
  update.setWriteSet(write);
  return update;
}

function groupDifference(before: common.ConfigGroup, after: common.ConfigGroup): Difference {
  const values = sortLeaves(before.getValuesMap(), after.getValuesMap(), () => new common.ConfigValue());
  const policies = sortLeaves(
    before.getPoliciesMap(),
    after.getPoliciesMap(),
    () => new common.ConfigPolicy(),
  );
  const groups = sortGroups(before.getGroupsMap(), after.getGroupsMap());
  const all = [values, policies, groups];
  const isOther = all.some((one) => one.hasOtherMembers) || before.getModPolicy() !== after.getModPolicy();
  const isChanged = isOther || all.some((one) => one.read.size > 0 || one.written.size > 0);
  const read = groupAt(before.getVersion());
  const write = groupAt(before.getVersion() + (isOther ? 1 : 0));
  if (isOther) write.setModPolicy(after.getModPolicy());
  fill(read.getValuesMap(), write.getValuesMap(), values, isOther);
  fill(read.getPoliciesMap(), write.getPoliciesMap(), policies, isOther);
  fill(read.getGroupsMap(), write.getGroupsMap(), groups, isOther);
  return { read, write, isChanged };
}

/** A group whose members changed names all of them, so that nobody else's change of them is lost. */
function fill<E extends Entry>(
  read: EntryMap<E>,
  write: EntryMap<E>,
  sorted: Sorted<E>,
  withSame: boolean,
): void {
  for (const [name, entry] of sorted.read) read.set(name, entry);
  for (const [name, entry] of sorted.written) write.set(name, entry);
  if (!withSame) return;
  for (const [name, entry] of sorted.same) {
    read.set(name, entry);
    write.set(name, entry);
  }
}

function sortLeaves<E extends Entry & { cloneMessage(): unknown }>(
  before: EntryMap<E>,
  after: EntryMap<E>,
  empty: () => E,
): Sorted<E> {
  const written = new Map<string, E>();
  const same = new Map<string, E>();
  for (const [name, changed] of entriesOf(after)) {
    const found = before.get(name);
    if (found && isEqual(found, changed)) same.set(name, versioned(empty(), found.getVersion()));
    else written.set(name, versioned(changed.cloneMessage() as E, found ? found.getVersion() + 1 : 0));
  }
  return { read: new Map(), written, same, hasOtherMembers: hasOtherNames(before, after) };
}

function sortGroups(
  before: EntryMap<common.ConfigGroup>,
  after: EntryMap<common.ConfigGroup>,
): Sorted<common.ConfigGroup> {
  const read = new Map<string, common.ConfigGroup>();
  const written = new Map<string, common.ConfigGroup>();
  const same = new Map<string, common.ConfigGroup>();
  for (const [name, changed] of entriesOf(after)) {
    const found = before.get(name);
    if (!found) {
      written.set(name, asNew(changed));
      continue;
    }
    const difference = groupDifference(found, changed);
    if (difference.isChanged) {
      read.set(name, difference.read);
      written.set(name, difference.write);
    } else same.set(name, groupAt(found.getVersion()));
  }
  return { read, written, same, hasOtherMembers: hasOtherNames(before, after) };
}

/** A group that was not there is written whole, with every version 0. */
function asNew(group: common.ConfigGroup): common.ConfigGroup {
  const { write } = groupDifference(new common.ConfigGroup(), group);
  write.setVersion(0);
  write.setModPolicy(group.getModPolicy());
  return write;
}

function groupAt(version: number): common.ConfigGroup {
  return versioned(new common.ConfigGroup(), version);
}

function versioned<E extends Entry>(entry: E, version: number): E {
  entry.setVersion(version);
  return entry;
}

function isEqual<E extends Entry & { cloneMessage(): unknown }>(one: E, other: E): boolean {
  const level = versioned(other.cloneMessage() as E, one.getVersion());
  return Buffer.from(one.serializeBinary()).equals(level.serializeBinary());
}

function hasOtherNames<E extends Entry>(before: EntryMap<E>, after: EntryMap<E>): boolean {
  const names = (map: EntryMap<E>): string =>
    JSON.stringify([...entriesOf(map)].map(([name]) => name).sort());
  return names(before) !== names(after);
}

function* entriesOf<E extends Entry>(map: EntryMap<E>): Generator<readonly [string, E]> {
  const names = map.keys();
  for (let step = names.next(); step.done !== true; step = names.next()) {
    const entry = map.get(step.value);
    if (entry) yield [step.value, entry] as const;
  }
}
