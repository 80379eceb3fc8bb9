// Starts the fake platform the way bin/start.js starts the real one.

import { handOver } from '../../../bin/lib/node24.js';

process.exitCode = await handOver(['test/support/fake-platform/run.ts', 'demo'], { watched: true });
