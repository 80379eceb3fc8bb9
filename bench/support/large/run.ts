/** Runs the real platform as `npm start` does, with the demonstration copied many times, and a ledger that takes the copies. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseDocumentStore } from '../../../src/servers/document-store.ts';
import { platformScripts } from '../../../src/supervisor/plan.ts';
import { supervise } from '../../../src/supervisor/supervise.ts';

// The loader belongs to the first start, and a folder that is to grow starts more than once.
const { DATA_DIR: folder, LARGE_FLOWS: flows = '0' } = process.env;
if (folder !== undefined && flows !== '0') await rm(join(folder, 'demo.done'), { force: true });

await supervise({
  kind: 'demo',
  scripts: {
    ...platformScripts,
    demo: 'bench/support/large/demo.ts',
    ledger: 'bench/support/large/ledger.ts',
  },
  chooseStore: chooseDocumentStore,
});
