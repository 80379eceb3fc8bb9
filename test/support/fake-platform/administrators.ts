/** Makes the first administrators of the fake platform. */

process.stdout.write('sys-admin one-time-password\n');
