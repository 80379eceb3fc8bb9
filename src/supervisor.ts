/** The process behind `npm start` (demo) and `npm run serve` (real). */

import { chooseDocumentStore } from './servers/document-store.ts';
import { platformScripts } from './supervisor/plan.ts';
import { supervise } from './supervisor/supervise.ts';

await supervise({
  kind: process.argv[2] === 'real' ? 'real' : 'demo',
  scripts: platformScripts,
  chooseStore: chooseDocumentStore,
});
