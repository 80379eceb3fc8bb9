/** The process behind `npm start` (demo), `npm run serve` (real), and commands on a platform that does not run (`run SCRIPT …`). */

import { chooseDocumentStore } from './servers/document-store.ts';
import { platformScripts } from './supervisor/plan.ts';
import { superviseCommand } from './supervisor/supervise-command.ts';
import { supervise } from './supervisor/supervise.ts';

const [mode, ...command] = process.argv.slice(2);
const deps = { scripts: platformScripts, chooseStore: chooseDocumentStore };

if (mode === 'run') await superviseCommand({ ...deps, command });
else await supervise({ ...deps, kind: mode === 'real' ? 'real' : 'demo' });
