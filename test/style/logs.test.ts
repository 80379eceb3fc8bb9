/** What goes into the log: ids and states, never amounts, names or secrets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { eachNode, isTestCode, placeOf, sourceFiles, type SourceFile } from '../support/source-files.ts';

const levels = /^(trace|debug|info|warn|error|fatal)$/;
/** Fields that hold money, people or secrets. */
const forbidden =
  /^(amount|account|balance|.*Fen|name|.*Name|username|password.*|.*Password|secret|.*Secret|token|.*Token|.*[kK]ey|body|args|content)$/;

const calls = sourceFiles(['src', 'chaincode', 'standalone'])
  .filter((file) => !isTestCode(file.path))
  .flatMap((file) => logCalls(file).map((call) => ({ file, call })));

test('there are log calls to look at', () => assert.ok(calls.length > 20));

test('no log call mentions an amount, a name or a secret', () => {
  const wrong = calls.flatMap(({ file, call }) =>
    call.arguments
      .flatMap(mentioned)
      .filter((word) => forbidden.test(word) && !isAllowed(file, word))
      .map((word) => `${placeOf(file, call)} ${word}`),
  );
  assert.deepEqual(wrong, []);
});

/** A channel's, a sweep's and a command's name are no names of people. */
function isAllowed({ path }: SourceFile, word: string): boolean {
  return (
    word === 'name' && /^(src\/ledger\.ts|src\/jobs\/sweeps\.ts|standalone\/document-server\/.*)$/.test(path)
  );
}

/** Calls like `log.info(…)`, whatever the logger hangs from. */
function logCalls(file: SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  eachNode(file, (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { name, expression } = node.expression;
    if (levels.test(name.text) && /(^|[.#])log(ger)?$/.test(expression.getText())) found.push(node);
  });
  return found;
}

/** Every name inside an argument: variables, fields written, and of what is read from an object the field alone. */
function mentioned(argument: ts.Node): string[] {
  const words: string[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) words.push(node.text);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) walk(node.name);
    else ts.forEachChild(node, walk);
  };
  walk(argument);
  return words;
}
