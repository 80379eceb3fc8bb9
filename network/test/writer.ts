/** Child process of a test: writes through the adapter without end and prints each key whose commit it was told of. */
import { openAdapter } from './adapter.ts';
import { CLERK, toy } from '../../test/support/ledger-under-test.ts';

const WRITERS = 10;

const [connectionFile = '', dataDir = ''] = process.argv.slice(2);
const { ledger, authorities } = await openAdapter({ connectionFile, dataDir }, 'writer');
const clerk = await authorities.identity(CLERK);
await Promise.all(
  Array.from({ length: WRITERS }, async (_, writer) => {
    for (let number = 0; ; number += 1) {
      const key = `child-${writer}-${number}`;
      process.stdout.write(`begin ${key}\n`);
      await ledger.submit(toy('increment', key), clerk);
      process.stdout.write(`done ${key}\n`);
    }
  }),
);
