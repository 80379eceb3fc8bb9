/** Stands for any process of the platform in tests of the supervisor: says that it is ready, and ends when told. */

import { createServer } from 'node:http';
import { basename } from 'node:path';

const role = process.env['FAKE_ROLE'] ?? basename(process.argv[1] ?? '');
const server = createServer((request, response) => {
  if (request.url === '/die') process.kill(process.pid, 'SIGKILL');
  response.end(String(process.pid));
});

process.on('SIGTERM', () => {
  if (process.env['FAKE_STUBBORN'] !== '1') process.exit(0);
});

if (role.startsWith('web')) server.listen(Number(process.env['PORT']), '127.0.0.1', ready);
else server.listen(0, '127.0.0.1', ready);

function ready(): void {
  process.stdout.write(`${JSON.stringify({ level: 30, msg: 'listening', pid: process.pid })}\n`);
}
