import assert from 'node:assert/strict';
import { test } from 'node:test';
import { common } from '@hyperledger/fabric-protos';
import { configDifference } from './config-difference.ts';

function group(version: number, children: Record<string, common.ConfigGroup> = {}): common.ConfigGroup {
  const made = new common.ConfigGroup();
  made.setVersion(version);
  made.setModPolicy('Admins');
  for (const [name, child] of Object.entries(children)) made.getGroupsMap().set(name, child);
  return made;
}

function withValue(target: common.ConfigGroup, name: string, text: string, version = 0): common.ConfigGroup {
  const value = new common.ConfigValue();
  value.setVersion(version);
  value.setModPolicy('Admins');
  value.setValue(Buffer.from(text));
  target.getValuesMap().set(name, value);
  return target;
}

/** A channel whose organisation holds a value of version 3. */
function channel(text = 'before'): common.ConfigGroup {
  const one = withValue(group(1), 'MSP', text, 3);
  const two = withValue(group(0), 'MSP', 'other', 0);
  return group(5, { Application: group(2, { One: one, Two: two }) });
}

const application = (root: common.ConfigGroup | undefined): common.ConfigGroup | undefined =>
  root?.getGroupsMap().get('Application');

test('nothing changed, nothing to sign', () => {
  assert.equal(configDifference('c', channel(), channel()), null);
});

test('a changed value is written with the next version, and only its path is read', () => {
  const update = configDifference('c', channel(), channel('after'));
  const written = application(update?.getWriteSet())?.getGroupsMap().get('One')?.getValuesMap().get('MSP');
  assert.equal(written?.getVersion(), 4);
  assert.equal(Buffer.from(written.getValue_asU8()).toString(), 'after');
  const read = application(update?.getReadSet());
  assert.equal(read?.getVersion(), 2, 'the path keeps its versions');
  assert.equal(read.getGroupsMap().get('One')?.getVersion(), 1);
  assert.equal(read.getGroupsMap().has('Two'), false);
  assert.equal(update?.getWriteSet()?.getVersion(), 5);
});

test('a new organisation raises the version of its group, which names those that stay', () => {
  const after = channel();
  application(after)
    ?.getGroupsMap()
    .set('Three', withValue(group(7), 'MSP', 'new', 9));
  const update = configDifference('c', channel(), after);
  const written = application(update?.getWriteSet());
  assert.equal(written?.getVersion(), 3);
  assert.deepEqual(namesOf(written), ['One', 'Three', 'Two']);
  const added = written.getGroupsMap().get('Three');
  assert.deepEqual([added?.getVersion(), added?.getModPolicy()], [0, 'Admins']);
  assert.equal(added?.getValuesMap().get('MSP')?.getVersion(), 0);
  assert.deepEqual(namesOf(application(update?.getReadSet())), ['One', 'Two']);
});

test('a removed organisation is named no more', () => {
  const after = channel();
  application(after)?.getGroupsMap().del('Two');
  const update = configDifference('c', channel(), after);
  const written = application(update?.getWriteSet());
  assert.equal(written?.getVersion(), 3);
  assert.deepEqual(namesOf(written), ['One']);
});

function namesOf(of: common.ConfigGroup | undefined): string[] {
  return (
    of
      ?.getGroupsMap()
      .getEntryList()
      .map(([name]) => name)
      .sort() ?? []
  );
}
