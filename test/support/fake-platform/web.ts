/** The web process of the fake platform. */

import './process.ts';
