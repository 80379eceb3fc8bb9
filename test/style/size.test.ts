/** No file and no function is longer than one reads at a sitting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { eachNode, placeOf, sourceFiles, type SourceFile } from '../support/source-files.ts';

const longestFile = 300;
const longestFunction = 60;
const files = sourceFiles(
  ['src', 'chaincode', 'network', 'standalone', 'public', 'bin', 'bench', 'test'],
  ['.ts', '.js', '.pug'],
);

/** Functions that are one list, which would not read better in pieces. */
const lists: Readonly<Record<string, string>> = {
  'src/compose.ts compose': 'the composition root: one line per thing that is constructed',
};

test(`no file has more than ${longestFile} lines`, () => {
  const long = files.filter(({ text }) => text.split('\n').length - 1 > longestFile);
  assert.deepEqual(
    long.map((file) => file.path),
    [],
  );
});

test(`no function has more than ${longestFunction} lines of its own`, () => {
  const long = files.flatMap((file) => functionsOf(file).filter((one) => one.lines > longestFunction));
  const [listed, others] = [
    long.filter(({ name }) => name in lists),
    long.filter(({ name }) => !(name in lists)),
  ];
  assert.deepEqual(
    others.map(({ place, lines }) => `${place}: ${lines} lines`),
    [],
  );
  assert.deepEqual(
    listed.map(({ name }) => name),
    Object.keys(lists),
    'an exception that is no longer needed',
  );
});

interface Measured {
  readonly name: string;
  readonly place: string;
  readonly lines: number;
}

/** A function's own lines: those of the functions inside it, such as a router's handlers, count for themselves. */
function functionsOf(file: SourceFile): Measured[] {
  const found: Measured[] = [];
  eachNode(file, (node) => {
    if (!isFunction(node)) return;
    const name = ts.isFunctionDeclaration(node) ? (node.name?.text ?? '') : '';
    const inside = outermost(node).reduce((sum, inner) => sum + linesBetween(file, inner) - 1, 0);
    const lines = linesBetween(file, node) - inside;
    found.push({ name: `${file.path} ${name}`, place: placeOf(file, node), lines });
  });
  return found;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function outermost(outer: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const walk = (node: ts.Node): void => {
    if (isFunction(node)) found.push(node);
    else ts.forEachChild(node, walk);
  };
  ts.forEachChild(outer, walk);
  return found;
}

function linesBetween({ tree }: SourceFile, node: ts.Node): number {
  const lineOf = (at: number): number => tree?.getLineAndCharacterOfPosition(at).line ?? 0;
  return lineOf(node.end) - lineOf(node.getStart(tree ?? undefined)) + 1;
}
