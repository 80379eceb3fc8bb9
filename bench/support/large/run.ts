/** Runs the real platform as `npm start` does, with the demonstration copied many times, and a ledger that takes the copies. */
import { chooseDocumentStore } from '../../../src/servers/document-store.ts';
import { platformScripts } from '../../../src/supervisor/plan.ts';
import { supervise } from '../../../src/supervisor/supervise.ts';

await supervise({
  kind: 'demo',
  scripts: {
    ...platformScripts,
    demo: 'bench/support/large/demo.ts',
    ledger: 'bench/support/large/ledger.ts',
  },
  chooseStore: chooseDocumentStore,
});
