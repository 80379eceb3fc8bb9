/** The ledger process of the fake platform. */

import './process.ts';
