/** The demonstration loader of the fake platform. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const account = {
  username: 'walker',
  password: 'Walk-2026',
  name: '演示',
  role: 'auditor',
  organisation: '审计厅',
};
writeFileSync(join(process.env['DATA_DIR'] ?? '', 'demo-accounts.json'), JSON.stringify([account]));
