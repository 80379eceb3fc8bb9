/** `npm run fabric:up`: brings the network to where it commits transactions, from nothing or from wherever it stands. */
import { claimPort } from '../../src/supervisor/ports.ts';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { withAdmins } from '../admin-client.ts';
import { joining, preparation, starting, type BringUp } from '../bring-up.ts';
import { readCode } from '../chaincode-package.ts';
import { readDeployment } from '../deployment.ts';
import { alone, keepChoices, readSettings, type NetworkSettings } from '../network-folder.ts';
import { planNetwork, portsOf, type NetworkPlan } from '../plan.ts';
import { Processes } from '../processes.ts';
import { checkVersion, findPrograms, searchPath } from '../programs.ts';
import { runSteps, type StepReport } from '../steps.ts';
import { watch } from './watch.ts';

/** Options of the command line. */
export interface UpOptions {
  readonly orgs?: string | undefined;
  readonly orderers?: string | undefined;
  readonly consensus?: string | undefined;
  /** `name=host,…`: under which names or addresses others reach the nodes. */
  readonly hosts?: string | undefined;
  /** Folder of the contracts to deploy first. */
  readonly code?: string | undefined;
  /** Goes on watching, and starts again what dies. */
  readonly watch?: boolean | undefined;
}

/** Runs the command. @throws StartError with the sentence for the person */
export async function up(options: UpOptions): Promise<void> {
  const settings = readSettings();
  const began = performance.now();
  const programs = findPrograms(searchPath({ ...process.env, FABRIC_BIN: settings.programs }));
  const version = await checkVersion(programs);
  await alone(settings.folder, async () => {
    const plan = planNetwork(keepChoices(settings, asked(options)), settings.folder);
    tell(describe(plan, version));
    const processes = new Processes(plan.folder);
    await checkPorts(plan, processes, settings);
    const bringUp: BringUp = { plan, programs, processes, code: options.code };
    await runSteps([...preparation(bringUp), ...starting(bringUp)], report);
    await withAdmins(plan, (admins) => runSteps(joining(bringUp, admins), report));
    noteOldContracts(plan);
  });
  tell(`The network is up after ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  tell('Run the platform on it with LEDGER=fabric npm start; "npm run fabric:status" shows it.');
  if (options.watch === true) await watch(settings, programs);
}

/** Prints the line of a finished step. */
export function report({ title, seconds, wasThere }: StepReport): void {
  tell(`  ${seconds.toFixed(1).padStart(5)} s  ${title}${wasThere ? ' (was there)' : ''}`);
}

function asked({ orgs, orderers, consensus, hosts }: UpOptions): Parameters<typeof keepChoices>[1] {
  if (consensus !== undefined && consensus !== 'raft' && consensus !== 'bft')
    throw new StartError(`--consensus is "${consensus}"; it may be raft or bft.`);
  return {
    ...(orgs === undefined ? {} : { orgs: Number(orgs) }),
    ...(orderers === undefined ? {} : { orderers: Number(orderers) }),
    ...(consensus === undefined ? {} : { consensus }),
    ...(hosts === undefined ? {} : { hosts: hostsOf(hosts) }),
  };
}

function hostsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [name = '', host = '', ...more] = pair.split('=');
      if (name === '' || host === '' || more.length > 0)
        throw new StartError(`--hosts holds "${pair}"; it wants name=host, separated by commas.`);
      return [name, host];
    }),
  );
}

function describe(plan: NetworkPlan, version: string): string {
  const orderers = `${plan.orderers.length} ${plan.consensus === 'bft' ? 'BFT' : 'Raft'} orderer(s)`;
  const names = plan.organisations.map(({ name }) => name).join(', ');
  return `Fabric ${version}, channel ${plan.channel}, ${orderers}, ${plan.organisations.length} organisations: ${names}`;
}

/** A port that another program holds would show only as a node that does not come up. */
async function checkPorts(plan: NetworkPlan, processes: Processes, settings: NetworkSettings): Promise<void> {
  if (processes.names().length > 0) return;
  for (const port of portsOf(plan)) {
    await claimPort(port, 'FABRIC_PORT').catch(() => {
      throw new StartError(
        `Port ${port} is in use; the network in ${settings.folder} needs it. Set FABRIC_PORT before the first fabric:up to place all ports elsewhere.`,
      );
    });
  }
}

function noteOldContracts(plan: NetworkPlan): void {
  const deployment = readDeployment(plan);
  if (deployment && deployment.digest !== readCode().digest)
    tell('The contracts of this folder differ from those agreed on: see "npm run fabric:upgrade -- show".');
}
