/** Every function, class and type that a file hands out says what it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { isTestCode, placeOf, sourceFiles, type SourceFile } from '../support/source-files.ts';

const files = sourceFiles(['src', 'chaincode', 'network', 'standalone']).filter(
  (file) => !isTestCode(file.path),
);

test('every exported function, class and type has a docstring', () => {
  const bare = files.flatMap((file) =>
    exportsOf(file)
      .filter((one) => !isDocumented(one) && !isOfDocumentedValue(file, one))
      .map((one) => `${placeOf(file, one)} ${one.name?.text ?? ''}`),
  );
  assert.deepEqual(bare, []);
});

test('every file opens with a sentence on what it owns', () => {
  const bare = files.filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/ )/.test(text));
  assert.deepEqual(
    bare.map((file) => file.path),
    [],
  );
});

type Declared =
  ts.FunctionDeclaration | ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

function exportsOf({ tree }: SourceFile): Declared[] {
  return [...(tree?.statements ?? [])].filter(isExported).filter(isDeclared);
}

function isDeclared(node: ts.Node): node is Declared {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

function isExported(node: ts.Statement): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/** A file's opening sentence is not the docstring of what happens to stand first. */
function isDocumented(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((one) => one.pos > 0);
}

/** A type that is read off a schema or a list of the same file has the words of that. */
function isOfDocumentedValue({ tree }: SourceFile, node: Declared): boolean {
  if (!ts.isTypeAliasDeclaration(node)) return false;
  const value = /typeof (\w+)[^\w.]*(\[number\])?>?$/.exec(node.type.getText())?.[1];
  const statement = tree?.statements.find(
    (one) =>
      ts.isVariableStatement(one) &&
      one.declarationList.declarations.some((it) => it.name.getText() === value),
  );
  return statement !== undefined && isDocumented(statement);
}
