/** The worker process of the fake platform. */

import './process.ts';
