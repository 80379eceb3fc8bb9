/** `npm run fabric:down`: stops the processes that the network's records name, and no others. */
import { tell } from '../../src/supervisor/terminal.ts';
import { alone, assertNetwork, readSettings } from '../network-folder.ts';
import { Processes } from '../processes.ts';

/** Runs the command. @throws StartError when there is no network */
export async function down(): Promise<void> {
  const { folder } = readSettings();
  assertNetwork(folder);
  await alone(folder, async () => {
    const began = performance.now();
    const stopped = await stopAll(folder);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    tell(
      stopped === 0 ? 'Nothing of the network was running.' : `${stopped} processes stopped in ${seconds} s.`,
    );
  });
}

/** Stops peers first, so that they flush while orderers still live. @returns how many were running */
export async function stopAll(folder: string): Promise<number> {
  const processes = new Processes(folder);
  const running = processes.names();
  const peers = running.filter((name) => name.endsWith('-peer0'));
  const orderers = running.filter((name) => /^orderer\d+$/.test(name));
  const others = running.filter((name) => !peers.includes(name) && !orderers.includes(name));
  const groups = [peers, others, orderers];
  let count = 0;
  for (const names of groups) {
    const stopped = await Promise.all(names.map((name) => processes.stop(name)));
    count += stopped.filter(Boolean).length;
  }
  return count;
}
