/** Which part of the program may import which: the layers of the style guide, and no cycles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, isTestCode, sourceFiles, type ImportEdge } from '../support/source-files.ts';

const edges = sourceFiles(['src', 'chaincode', 'network', 'standalone'])
  .filter((file) => !isTestCode(file.path))
  .flatMap(importsOf);

/**
 * Leaf modules that know nothing of the layers: the catalogue of texts, the table of addresses, and how a value is written.
 * Actions and page models name texts, addresses and amounts, so models may import these three.
 */
const leaves = /^src\/(messages\/|paths\.ts$|views\/format\.ts$)/;
const kernel = /^chaincode\/kernel\//;
/** What models may know of the ledger: the port, the key store and the height, and the words in which blocks are projected. */
const ports =
  /^src\/blockchain\/(ledger\.port|identity\/key-store|projector\/projection-height|projector\/projection\.port)\.ts$/;

interface Layer {
  readonly name: string;
  readonly from: RegExp;
  readonly may: readonly RegExp[];
  /** Further files of which only types may be imported. */
  readonly types?: readonly RegExp[];
}

/** `compose.ts` gives controllers, jobs and middleware the type of what it builds; only its type. */
const platformType = /^src\/compose\.ts$/;
const layers: readonly Layer[] = [
  {
    name: 'rules: the kernel, other rules, the leaves',
    from: /^src\/models\/.*\.rules\.ts$/,
    // Who counts as an administrator is a predicate beside the type of a person.
    may: [kernel, /^src\/models\/kernel\//, /\.rules\.ts$/, leaves, /^src\/models\/member\/person\.ts$/],
    types: [/^src\/models\//, ports],
  },
  {
    name: 'models: the kernel, the ports of the ledger, the leaves',
    from: /^src\/models\//,
    may: [kernel, /^src\/models\//, ports, leaves],
    types: [/^src\/sealer\.ts$/],
  },
  { name: 'blockchain: the kernel', from: /^src\/blockchain\//, may: [kernel, /^src\/blockchain\//] },
  { name: 'messages: nothing', from: /^src\/messages\//, may: [/^src\/messages\//] },
  { name: 'paths: nothing', from: /^src\/paths\.ts$/, may: [] },
  { name: 'views: the kernel, the leaves', from: /^src\/views\//, may: [kernel, /^src\/views\//, leaves] },
  {
    name: 'middleware: models, views, the leaves',
    from: /^src\/middleware\//,
    may: [kernel, /^src\/(middleware|models|views)\//, leaves, /^src\/(config|log)\.ts$/],
    types: [platformType, /^src\/controllers\/bank\.api\.ts$/],
  },
  {
    name: 'controllers: models, middleware, views, the leaves',
    from: /^src\/controllers\//,
    may: [
      kernel,
      /^src\/(controllers|models|middleware|views)\//,
      leaves,
      /^src\/jobs\/(live|check\.names)\.ts$/,
    ],
    types: [platformType],
  },
  {
    name: 'jobs: models, the projector',
    from: /^src\/jobs\//,
    may: [kernel, /^src\/(jobs|models)\//, /^src\/blockchain\/projector\/(projector|rebuild)\.ts$/, leaves],
    types: [platformType],
  },
  { name: 'src: of chaincode the kernel alone', from: /^src\//, may: [/^src\//, kernel] },
  { name: 'kernel: nothing', from: kernel, may: [kernel] },
  { name: 'chaincode: nothing outside', from: /^chaincode\//, may: [/^chaincode\//] },
  {
    name: 'document server',
    from: /^standalone\/document-server\//,
    may: [/^standalone\/document-server\//],
  },
  {
    name: 'network: what starts and describes processes, identities, the form of the connection, channel changes',
    from: /^network\//,
    may: [
      /^network\//,
      /^chaincode\/service\//,
      /^src\/config\.ts$/,
      /^src\/supervisor\/(start-error|terminal|data-folder|ports)\.ts$/,
      /^src\/blockchain\/(identity\/|channel-config\/|fabric\/connection\.ts$)/,
    ],
  },
  { name: 'sample bank', from: /^standalone\/sample-bank\//, may: [/^standalone\/sample-bank\//] },
];

for (const { name, from, may, types = [] } of layers) {
  test(`imports of ${name}`, () => {
    const own = edges.filter((edge) => from.test(edge.from));
    const allowed = ({ to, isTypeOnly }: ImportEdge): boolean =>
      may.some((one) => one.test(to)) || (isTypeOnly && types.some((one) => one.test(to)));
    assert.deepEqual(
      own.filter((edge) => !allowed(edge)).map(({ from: file, to }) => `${file} imports ${to}`),
      [],
    );
  });
}

/**
 * Knots that are one recursion written in several files: a query's operators hold queries, an expression's operators hold expressions.
 * All of a knot is named, so that nothing else joins it unseen.
 */
const knots: readonly (readonly string[])[] = [
  ['matcher/operators.ts', 'matcher/parse.ts'],
  [
    'aggregation/arguments.ts',
    'aggregation/arithmetic.ts',
    'aggregation/dates.ts',
    'aggregation/expressions.ts',
    'aggregation/operators.ts',
  ],
].map((files) => files.map((file) => `standalone/document-server/src/${file}`));

test('no import cycles when the program runs', () => {
  const found = cycles(edges.filter((edge) => !edge.isTypeOnly));
  assert.deepEqual(found, knots);
});

/** The groups of files that reach each other, each sorted. */
function cycles(all: readonly ImportEdge[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to]);
  const reach = new Map([...next.keys()].map((file) => [file, reachable(next, file)]));
  const groups = new Set<string>();
  for (const [file, seen] of reach) {
    if (!seen.has(file)) continue;
    const group = [...seen].filter((other) => reach.get(other)?.has(file) === true);
    groups.add(group.sort().join('\n'));
  }
  const size = (group: string): number => group.split('\n').length;
  return [...groups].sort((a, b) => size(a) - size(b)).map((group) => group.split('\n'));
}

function reachable(next: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>();
  const open = [...(next.get(start) ?? [])];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...(next.get(file) ?? []));
  }
  return seen;
}
