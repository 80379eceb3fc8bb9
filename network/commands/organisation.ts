/**
 * `npm run fabric:org -- list | propose admit <name> | propose remove <name> | sign <id> --org <name>|all | submit <id> |
 * withdraw <id>`: an organisation comes or goes by the signatures that the channel's policy wants.
 */
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { withAdmins, type AdminClient } from '../admin-client.ts';
import { joining, starting, type BringUp } from '../bring-up.ts';
import { makeMaterial } from '../material.ts';
import {
  alone,
  existingPlan,
  readChoices,
  readSettings,
  writeChoices,
  type NetworkSettings,
} from '../network-folder.ts';
import { addSignature, admission, carryOut, removal } from '../organisation-change.ts';
import {
  isFounder,
  planNetwork,
  type NetworkChoices,
  type NetworkPlan,
  type OrganisationChoice,
} from '../plan.ts';
import { Processes } from '../processes.ts';
import { findPrograms, searchPath } from '../programs.ts';
import {
  listProposals,
  majorityOf,
  readProposal,
  removeProposal,
  writeProposal,
  type Proposal,
} from '../proposals.ts';
import { runSteps } from '../steps.ts';
import { report } from './up.ts';

/** What was typed after the command's name. */
export interface OrganisationOptions {
  readonly words: readonly string[];
  /** Short name of the signing organisation, or `all` where every key lies on this machine. */
  readonly org?: string | undefined;
}

/** Runs the command. @throws StartError with the sentence for the person */
export async function organisation({ words, org }: OrganisationOptions): Promise<void> {
  const settings = readSettings();
  const plan = existingPlan(settings);
  const [verb = 'list', first = '', second = ''] = words;
  await alone(plan.folder, async () => {
    if (verb === 'list') list(plan);
    else if (verb === 'propose') await propose(settings, plan, { kind: first, name: second });
    else if (verb === 'sign') await sign(plan, first, org);
    else if (verb === 'submit') await submit(settings, plan, first);
    else if (verb === 'withdraw') removeProposal(plan.folder, readProposal(plan.folder, first).id);
    else throw new StartError(`"${verb}" is none of list, propose, sign, submit, withdraw.`);
  });
}

function list(plan: NetworkPlan): void {
  tell(`On the channel: ${plan.organisations.map(({ name, mspId }) => `${name} (${mspId})`).join(', ')}.`);
  for (const id of listProposals(plan.folder)) tell(stateOf(plan, readProposal(plan.folder, id)));
}

function stateOf(plan: NetworkPlan, proposal: Proposal): string {
  const signed = Object.keys(proposal.signatures);
  const needed = majorityOf(plan.organisations.length);
  const who = signed.length === 0 ? 'nobody' : signed.join(', ');
  return `${proposal.id}: signed by ${who}; ${needed} of ${plan.organisations.length} organisations are needed.`;
}

async function propose(
  settings: NetworkSettings,
  plan: NetworkPlan,
  what: { readonly kind: string; readonly name: string },
): Promise<void> {
  const { kind, name } = what;
  if (kind !== 'admit' && kind !== 'remove') throw new StartError('Propose what: admit or remove?');
  const concerned = kind === 'admit' ? newcomer(settings, name) : leaver(plan, name);
  const update = await withAdmins(plan, async (admins) => {
    const admin = mustFirst(admins);
    if (kind === 'remove') return removal(plan, admin, concerned.mspId);
    const wider = planNetwork(withOrganisation(mustChoices(settings), concerned), plan.folder);
    await makeMaterial(wider);
    const one = wider.organisations.find(({ mspId }) => mspId === concerned.mspId);
    if (!one) throw new Error('the new organisation has no plan');
    return admission(plan, admin, one);
  });
  const proposal: Proposal = {
    id: `${kind}-${name}`,
    kind,
    organisation: concerned,
    update: Buffer.from(update).toString('base64'),
    signatures: {},
  };
  writeProposal(plan.folder, proposal);
  tell(stateOf(plan, proposal));
  tell(`Next: npm run fabric:org -- sign ${proposal.id} --org <name>, then submit ${proposal.id}.`);
}

async function sign(plan: NetworkPlan, id: string, org: string | undefined): Promise<void> {
  if (org === undefined) throw new StartError('Say who signs: --org <name>, or --org all.');
  const proposal = await withAdmins(plan, async (admins) => {
    const signers = admins.filter(({ organisation: one }) => org === 'all' || one.name === org);
    if (signers.length === 0) throw new StartError(`No organisation is called "${org}".`);
    let signed = readProposal(plan.folder, id);
    for (const admin of signers) signed = await addSignature(signed, admin);
    return signed;
  });
  writeProposal(plan.folder, proposal);
  tell(stateOf(plan, proposal));
}

async function submit(settings: NetworkSettings, plan: NetworkPlan, id: string): Promise<void> {
  const proposal = readProposal(plan.folder, id);
  const needed = majorityOf(plan.organisations.length);
  if (Object.keys(proposal.signatures).length < needed)
    throw new StartError(`Not enough signatures. ${stateOf(plan, proposal)}`);
  const began = performance.now();
  await withAdmins(plan, (admins) => runSteps([carryOut(plan, proposal, admins)], report));
  const choices = mustChoices(settings);
  const changed =
    proposal.kind === 'admit'
      ? withOrganisation(choices, proposal.organisation)
      : withoutOrganisation(choices, proposal.organisation);
  writeChoices(plan.folder, changed);
  const next = planNetwork(changed, plan.folder);
  await settle(settings, next, proposal);
  removeProposal(plan.folder, id);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  tell(`Done after ${seconds} s; the network went on meanwhile. The platform follows the new list of peers.`);
}

/** Brings the processes to what the channel now says: the same steps as `fabric:up`. */
async function settle(settings: NetworkSettings, next: NetworkPlan, proposal: Proposal): Promise<void> {
  const processes = new Processes(next.folder);
  if (proposal.kind === 'remove') {
    const gone = processes.names().filter((name) => name.startsWith(`${proposal.organisation.name}-peer0`));
    await Promise.all(gone.map((name) => processes.stop(name)));
  }
  const programs = findPrograms(searchPath({ ...process.env, FABRIC_BIN: settings.programs }));
  const bringUp: BringUp = { plan: next, programs, processes };
  await runSteps(starting(bringUp), report);
  await withAdmins(next, (admins) => runSteps(joining(bringUp, admins), report));
}

function newcomer(settings: NetworkSettings, name: string): OrganisationChoice {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new StartError('A name is a small letter, then small letters, digits or hyphens.');
  const { organisations } = mustChoices(settings);
  if (organisations.some((one) => one.name === name))
    throw new StartError(`${name} is on the channel already.`);
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const slot = Math.max(...organisations.map((one) => one.slot)) + 1;
  return { name, mspId: `${words.join('')}MSP`, slot };
}

function leaver(plan: NetworkPlan, name: string): OrganisationChoice {
  const found = plan.organisations.find((one) => one.name === name);
  if (!found) throw new StartError(`No organisation is called "${name}".`);
  if (isFounder(found))
    throw new StartError(`${name} cannot leave: roles of the contracts belong to ${found.mspId}.`);
  return { name: found.name, mspId: found.mspId, slot: found.slot };
}

function withOrganisation(choices: NetworkChoices, one: OrganisationChoice): NetworkChoices {
  const others = choices.organisations.filter(({ mspId }) => mspId !== one.mspId);
  return { ...choices, organisations: [...others, one] };
}

function withoutOrganisation(choices: NetworkChoices, one: OrganisationChoice): NetworkChoices {
  return { ...choices, organisations: choices.organisations.filter(({ mspId }) => mspId !== one.mspId) };
}

function mustChoices(settings: NetworkSettings): NetworkChoices {
  const choices = readChoices(settings);
  if (!choices) throw new StartError(`No network lies in ${settings.folder}.`);
  return choices;
}

function mustFirst(admins: readonly AdminClient[]): AdminClient {
  const [first] = admins;
  if (!first) throw new Error('the network has no organisation');
  return first;
}
