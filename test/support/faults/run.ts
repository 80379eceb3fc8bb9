/** Runs the real platform as `npm start` does, with the small demonstration of the fault tests. */
import { chooseDocumentStore } from '../../../src/servers/document-store.ts';
import { platformScripts } from '../../../src/supervisor/plan.ts';
import { supervise } from '../../../src/supervisor/supervise.ts';

await supervise({
  kind: 'demo',
  scripts: { ...platformScripts, demo: 'test/support/faults/demo.ts' },
  chooseStore: chooseDocumentStore,
});
