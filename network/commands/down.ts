/** `npm run fabric:down`: stops the processes that the network's records name, and no others. */
import { tell } from '../../src/supervisor/terminal.ts';
import { alone, existingPlan, readSettings } from '../network-folder.ts';
import { chaincodeProcessName } from '../nodes.ts';
import type { NetworkPlan } from '../plan.ts';
import { Processes } from '../processes.ts';

/** Runs the command. @throws StartError when there is no network */
export async function down(): Promise<void> {
  const settings = readSettings();
  const plan = existingPlan(settings);
  await alone(plan.folder, async () => {
    const began = performance.now();
    const stopped = await stopAll(plan);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    tell(
      stopped === 0 ? 'Nothing of the network was running.' : `${stopped} processes stopped in ${seconds} s.`,
    );
  });
}

/** Stops peers first, so that they flush while orderers still live. @returns how many were running */
export async function stopAll(plan: NetworkPlan): Promise<number> {
  const processes = new Processes(plan.folder);
  const groups = [
    plan.organisations.map(({ peer }) => peer.name),
    plan.organisations.map(({ peer }) => chaincodeProcessName(peer)),
    plan.orderers.map(({ name }) => name),
  ];
  let count = 0;
  for (const names of groups) {
    const stopped = await Promise.all(names.map((name) => processes.stop(name)));
    count += stopped.filter(Boolean).length;
  }
  return count;
}
