/** Runs the supervisor over the fake platform: `run.ts demo|real`. */

import { supervise } from '../../../src/supervisor/supervise.ts';

const folder = 'test/support/fake-platform';

await supervise({
  kind: process.argv[2] === 'real' ? 'real' : 'demo',
  scripts: {
    ledger: `${folder}/ledger.ts`,
    web: `${folder}/web.ts`,
    worker: `${folder}/worker.ts`,
    bank: `${folder}/bank.ts`,
    demo: `${folder}/demo.ts`,
    firstAdministrators: `${folder}/administrators.ts`,
  },
  chooseStore: () => Promise.resolve({ kind: 'given', uri: 'mongodb://127.0.0.1:1/fake', sentence: 'none' }),
});
