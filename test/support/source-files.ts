/** The program's own source files, for tests about style: their text, their syntax tree and what they import. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** Where the repository begins. */
export const repository = resolve(import.meta.dirname, '../..');

/** A file, named from the repository's root with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Absent where the file is not TypeScript or JavaScript. */
  readonly tree: ts.SourceFile | null;
}

/** One import of another file of the repository. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  /** Erased before the program runs. */
  readonly isTypeOnly: boolean;
}

const skipped = /(^|\/)(node_modules|vendor|data|dist)(\/|$)/;

/** Files below these folders whose name ends in one of these. */
export function sourceFiles(folders: readonly string[], endings: readonly string[] = ['.ts']): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => !skipped.test(path) && endings.some((ending) => path.endsWith(ending)))
      .map((path) => open(`${folder}/${path}`)),
  );
}

/** True for tests and what only tests use. */
export function isTestCode(path: string): boolean {
  return /\.test\.ts$|(^|\/)test\//.test(path);
}

/** What a file imports of the repository, `import()` of a fixed name included. */
export function importsOf(file: SourceFile): ImportEdge[] {
  const found: ImportEdge[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const to = target(file.path, specifier.text);
    if (to !== null) found.push({ from: file.path, to, isTypeOnly });
  };
  eachNode(file, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isErased(node));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
  });
  return found;
}

/** Calls `visit` with every node of a file. */
export function eachNode({ tree }: SourceFile, visit: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, walk);
  };
  if (tree !== null) walk(tree);
}

/** Where a node stands, as `path:line`. */
export function placeOf({ path, tree }: SourceFile, node: ts.Node): string {
  const line = tree?.getLineAndCharacterOfPosition(node.getStart(tree)).line ?? 0;
  return `${path}:${line + 1}`;
}

function open(path: string): SourceFile {
  const text = readFileSync(join(repository, path), 'utf8');
  const isCode = path.endsWith('.ts') || path.endsWith('.js');
  return { path, text, tree: isCode ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) : null };
}

function isErased({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  const isNamed = name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings);
  return isNamed && namedBindings.elements.every((one) => one.isTypeOnly);
}

function target(from: string, specifier: string): string | null {
  if (specifier.startsWith('#kernel/')) return `chaincode/kernel/${specifier.slice('#kernel/'.length)}`;
  if (!specifier.startsWith('.')) return null;
  return relative(repository, resolve(repository, dirname(from), specifier));
}
