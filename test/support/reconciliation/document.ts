/** docs/reconciliation.md, made from the source of the tests: every case, what the platform does, and the test that proves it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { caseGroups } from './case.ts';

/** A case as a test file declares it. */
export interface DeclaredCase {
  readonly id: string;
  readonly title: string;
  readonly outcome: string;
  /** Where the proving test stands, and its name. */
  readonly file: string;
  readonly test: string;
}

/** Place of the document. */
export const documentPath = 'docs/reconciliation.md';

/** Every declaration of `reconciliationCase` and `provenBy`, in the order of the files. */
export function declaredCases(): DeclaredCase[] {
  const folder = 'test/integration';
  const files = readdirSync(folder)
    .filter((name) => /^reconciliation-cases.*\.test\.ts$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  return [...files, 'test/support/reconciliation/elsewhere.ts'].flatMap(casesIn);
}

/** Ids that no test proves, in order. */
export function missingCases(cases: readonly DeclaredCase[]): string[] {
  const known = new Set(cases.map((one) => one.id));
  return allIds().filter((id) => !known.has(id));
}

/** The whole document. */
export function renderDocument(cases: readonly DeclaredCase[]): string {
  const groups = Object.entries(caseGroups).map(([letter, { title }]) => {
    const rows = allIds()
      .filter((id) => id.startsWith(letter))
      .map((id) => rowOf(cases.filter((one) => one.id === id)))
      .filter((row) => row !== '');
    return `## ${title}\n\n| case | | what the platform does | test |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${head}\n${groups.join('\n')}`;
}

const head = `# Reconciliation, case by case

Every case that can happen between a payer's registration and a bank's entry, what the platform does, and the test that
proves it through the bank's push or a person's page down to the block. This page is written from the tests by
\`npm run docs:reconciliation\`; a test fails when the two differ. The decision itself is one pure function,
\`chaincode/kernel/decide.ts\`; the contract, the previews on the page of a flow and the tests all call it. Where two
sources disagree, [ADR 0007](adr/0007-where-the-sources-on-reconciliation-differ.md) says what was chosen.
`;

function allIds(): string[] {
  return Object.entries(caseGroups).flatMap(([letter, { cases }]) =>
    Array.from({ length: cases }, (_, at) => `${letter}${at + 1}`),
  );
}

function rowOf(cases: readonly DeclaredCase[]): string {
  const [first] = cases;
  if (first === undefined) return '';
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const outcomes = cases.map((one) => one.outcome).filter((one) => one !== '');
  const tests = cases.map(({ file, test }) => `[${cell(test)}](../${file})`);
  return `| ${first.id} | ${cell(first.title)} | ${cell(outcomes.join(' '))} | ${tests.join('<br>')} |`;
}

function casesIn(file: string): DeclaredCase[] {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return tree.statements.flatMap((statement) => {
    const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    if (call === undefined || !ts.isCallExpression(call)) return [];
    const name = call.expression.getText();
    const [text, proof] = call.arguments.map(literalOf);
    if (name === 'reconciliationCase') {
      const { id = '', title = '', outcome = '' } = text ?? {};
      return [{ id, title, outcome, file, test: `${id} ${title}` }];
    }
    if (name !== 'provenBy') return [];
    const { id = '', title = '', outcome = '' } = text ?? {};
    return [{ id, title, outcome, file: proof?.file ?? '', test: proof?.test ?? '' }];
  });
}

/** The string fields of an object literal; anything else in it is a fault of the test's author. */
function literalOf(node: ts.Expression): Record<string, string> | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  return Object.fromEntries(
    node.properties.map((property) => {
      if (!ts.isPropertyAssignment(property) || !ts.isStringLiteralLike(property.initializer))
        throw new TypeError(`the text of a case must be a literal: ${property.getText()}`);
      return [property.name.getText(), property.initializer.text];
    }),
  );
}
