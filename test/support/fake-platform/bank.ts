/** The bank process of the fake platform. */

import './process.ts';
