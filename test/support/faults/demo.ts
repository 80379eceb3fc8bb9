/** The small demonstration of the fault tests: one county, two banks, two issued drafts whose first legs wait for their flows. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openWorld } from '../../../src/commands/demo/loader.ts';
import {
  loadAccounts,
  loadAdministrators,
  loadBanks,
  loadFunds,
  loadMembers,
} from '../../../src/commands/demo/people.ts';
import { playProject } from '../../../src/commands/demo/project-life.ts';
import { demoProjects } from '../../../src/commands/demo/projects.ts';
import { legOf, register, type DemoWorld } from '../../../src/commands/demo/world.ts';
import { compose } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config.ts';
import type { FaultSetup, WaitingLeg } from './setup.ts';

const county = '522634';
const within = ({ division }: { readonly division: string }): boolean =>
  ['52', '5226', county].includes(division);

const config = loadConfig(process.env);
const platform = await compose(config, 'demo');
try {
  const world = openWorld(platform, `http://127.0.0.1:${config.bankPort}`);
  await loadAdministrators(platform, world);
  await loadMembers(platform, world, within);
  await loadAccounts(platform, within);
  await loadFunds(platform, world);
  const banks = await loadBanks(platform, world);
  await platform.height.waitForHeight((await platform.ledger.info()).height, 20_000);
  const legs: WaitingLeg[] = [];
  for (const no of ['9001', '9002']) legs.push(...(await issueProject(world, no)));
  const secrets = Object.fromEntries(banks.map((bank) => [bank.bankId, bank.hmacSecret]));
  const setup: FaultSetup = { today: world.today, secrets, legs };
  const file = join(config.dataDir, 'fault-setup.json');
  await writeFile(`${file}.new`, JSON.stringify(setup));
  await rename(`${file}.new`, file);
} finally {
  await platform.close();
}

/** Issues a draft and registers serial numbers for its two fiscal legs. */
async function issueProject(world: DemoWorld, no: string): Promise<WaitingLeg[]> {
  const [base] = demoProjects(world.today);
  if (base === undefined) throw new Error('no demonstration project');
  const { afterwards: _, ...rest } = base;
  const id = `XM-${county}-${world.today.slice(0, 4)}-${no}`;
  await playProject(world, { ...rest, id, until: 'ISSUED' });
  const { draftId } = await world.once<{ draftId: string }>(`sign-${id}`, () =>
    Promise.reject(new Error('the draft was signed at its issue')),
  );
  const draft = await world.draft(draftId);
  const made: WaitingLeg[] = [];
  for (const legId of ['F1', 'F2']) {
    const { payer, payee, amountFen } = legOf(draft, legId);
    const flow = { serialNo: `LEG${no}${legId}`, bookingDate: world.today };
    await register(world, draft, legId, { ...flow, bankId: payer.bankId });
    made.push({
      draftId,
      legId,
      amountFen,
      payerAccount: payer.account,
      payeeAccount: payee.account,
      ...flow,
    });
  }
  return made;
}
