/** Every text on screen comes from the catalogue, and the catalogue has every text that is asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { isMessageKey, zh } from '../../src/messages/index.ts';
import { eachNode, isTestCode, placeOf, sourceFiles, type SourceFile } from '../support/source-files.ts';

const chinese = /\p{Script=Han}/u;
const code = sourceFiles(['src']).filter((file) => !isTestCode(file.path));
const views = sourceFiles(['src/views'], ['.pug']);

/** Why these files may hold Chinese words of their own. */
const wordsElsewhere: Readonly<Record<string, string>> = {
  'src/messages/': 'the catalogue',
  'src/commands/demo': 'names and opinions of the demonstration are data, not interface',
  'src/models/division/townships.ts': 'names of places',
  'src/controllers/api/': 'the English and Chinese descriptions of the API document, read by programmers',
  'src/models/member/bootstrap.service.ts':
    'names of the first organisation and people, which go into records',
  'src/models/account/account.service.ts': 'the name that an authenticator app shows for the account',
  'src/models/account/password.rules.ts': 'words that a password may not be made of',
  'src/models/action/fund.actions.ts': 'the word a person types for a holiday',
};
const isExcepted = (path: string): boolean => Object.keys(wordsElsewhere).some((one) => path.startsWith(one));

test('no text is written outside the catalogue', () => {
  const found = [...code.flatMap(chineseStrings), ...views.flatMap(chineseLines)];
  assert.deepEqual(
    found.filter((place) => !isExcepted(place)),
    [],
  );
  const unused = Object.keys(wordsElsewhere)
    .filter((one) => one !== 'src/messages/')
    .filter((one) => !found.some((place) => place.startsWith(one)));
  assert.deepEqual(unused, [], 'an exception that is no longer needed');
});

test('every key asked for in a view or in code is in the catalogue', () => {
  const asked = [...views.flatMap(keysOfView), ...code.flatMap(keysOfCode)];
  assert.ok(asked.length > 500);
  assert.deepEqual(
    asked.filter(({ key }) => !isKnown(key)).map(({ place, key }) => `${place} ${key}`),
    [],
  );
});

test('every key made from a state has its family in the catalogue', () => {
  const families = views.flatMap(({ path, text }) =>
    [...text.matchAll(/\b(?:t|label)\(`([\w.]+\.)\$\{/g)].map(([, family = '']) => ({ path, family })),
  );
  assert.ok(families.length > 10);
  const keys = Object.keys(zh);
  const without = families.filter(({ family }) => !keys.some((key) => key.startsWith(family)));
  assert.deepEqual(without, []);
});

test('no text is empty, and none is written twice under one key', () => {
  const empty = Object.entries(zh).filter(([, text]) => text.trim() === '');
  assert.deepEqual(empty, []);
  const keys = sourceFiles(['src/messages/zh']).flatMap(keysOfCatalogue);
  assert.deepEqual(
    keys.filter((key, at) => keys.indexOf(key) !== at),
    [],
  );
});

/** A key that ends in a dot begins one that is made from a value, `'unit.' + unit`. */
function isKnown(key: string): boolean {
  return key.endsWith('.') ? Object.keys(zh).some((one) => one.startsWith(key)) : isMessageKey(key);
}

interface Asked {
  readonly place: string;
  readonly key: string;
}

/** Keys written out in `t('…')` and `label('…')`; a label with a fallback may be missing. */
function keysOfView({ path, text }: SourceFile): Asked[] {
  return [...text.matchAll(/(?<![\w.])(?:t\('([^']+)'|label\('([^']+)'\))/g)].map((found) => ({
    place: path,
    key: found[1] ?? found[2] ?? '',
  }));
}

function keysOfCode(file: SourceFile): Asked[] {
  const found: Asked[] = [];
  eachNode(file, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
    const [key, fallback] = node.arguments;
    const isAsked =
      node.expression.text === 't' || (node.expression.text === 'label' && fallback === undefined);
    if (isAsked && key !== undefined && ts.isStringLiteral(key))
      found.push({ place: placeOf(file, node), key: key.text });
  });
  return found;
}

function chineseStrings(file: SourceFile): string[] {
  const found: string[] = [];
  eachNode(file, (node) => {
    const isText =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText && chinese.test(node.text)) found.push(placeOf(file, node));
  });
  return found;
}

function chineseLines({ path, text }: SourceFile): string[] {
  return text.split('\n').flatMap((line, at) => {
    const isComment = line.trimStart().startsWith('//');
    return !isComment && chinese.test(line) ? [`${path}:${at + 1}`] : [];
  });
}

function keysOfCatalogue(file: SourceFile): string[] {
  const found: string[] = [];
  eachNode(file, (node) => {
    if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name)) found.push(node.name.text);
  });
  return found;
}
