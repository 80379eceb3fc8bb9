/** Makes a channel refuse a certificate: the organisation's revocation list is extended by a change of the channel. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { common } from '@hyperledger/fabric-protos';
import { msp } from '@hyperledger/fabric-protos';
import type { FabricConnection, FabricOrganisation } from '../fabric/connection.ts';
import { configDifference } from './config-difference.ts';
import { ChannelUpdateRefused, readConfig, signUpdate, submitUpdate } from './channel-update.ts';
import { adminParts, OrganisationAdmin } from './organisation-admin.ts';
import { makeList, plainSerial, serialsOf } from './revocation-list.ts';

const TRIES = 5;
const EFFECT_MS = 15_000;
const PAUSE_MS = 20;

/** Which certificate, on which network. */
export interface RevocationRequest {
  /** The network, paths absolute. */
  readonly connection: FabricConnection;
  /** Hexadecimal. */
  readonly serial: string;
  /** Organisation that issued the certificate; absent = unknown, and every organisation's list names it. */
  readonly mspId?: string;
}

/**
 * Revokes a certificate and waits until every organisation's peer has the list.
 * @returns seconds from the call until the last peer had it; 0 when it was revoked before
 * @throws Error when no such organisation is there, or the channel does not take the change
 */
export async function revokeCertificate(request: RevocationRequest): Promise<number> {
  const { connection, mspId } = request;
  const concerned = connection.organisations.filter((one) => mspId === undefined || one.mspId === mspId);
  if (concerned.length === 0) throw new Error(`the network has no organisation ${mspId ?? ''}`);
  const serial = plainSerial(request.serial);
  const admins = new Map<string, OrganisationAdmin>();
  try {
    for (const one of connection.organisations) {
      admins.set(one.mspId, new OrganisationAdmin(await adminParts(one, connection.channel)));
    }
    const began = performance.now();
    const all = [...admins.values()];
    let isChanged = false;
    for (const one of concerned) {
      const admin = admins.get(one.mspId);
      if (admin) isChanged = (await revokeAt({ connection, one, admin, all, serial })) || isChanged;
    }
    return isChanged ? (performance.now() - began) / 1000 : 0;
  } finally {
    for (const admin of admins.values()) admin.close();
  }
}

interface RevocationAt {
  readonly connection: FabricConnection;
  readonly one: FabricOrganisation;
  readonly admin: OrganisationAdmin;
  readonly all: readonly OrganisationAdmin[];
  readonly serial: string;
}

/** @returns false when the list named the serial already */
async function revokeAt(at: RevocationAt): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const isChanged = await extendList(at);
      if (isChanged) await seeEverywhere(at);
      return isChanged;
    } catch (error) {
      // Another change of the channel came in between: read it and try again.
      if (!(error instanceof ChannelUpdateRefused) || attempt === TRIES) throw error;
      await delay(PAUSE_MS * attempt);
    }
  }
}

async function extendList({ connection, one, admin, serial }: RevocationAt): Promise<boolean> {
  const before = await readConfig(admin, connection.channel);
  const present = revokedIn(before, one.mspId);
  if (present.includes(serial)) return false;
  const issuer = {
    certificate: await readFile(one.caCertPath, 'utf8'),
    privateKey: await readFile(one.caKeyPath, 'utf8'),
  };
  const after = before.cloneMessage();
  setList(after, one.mspId, await makeList(issuer, [...present, serial]));
  const update = configDifference(connection.channel, before, after)?.serializeBinary();
  if (update === undefined) return false;
  await submitUpdate(connection, admin, update, [await signUpdate(admin, update)]);
  return true;
}

async function seeEverywhere({ connection, one, all, serial }: RevocationAt): Promise<void> {
  const deadline = performance.now() + EFFECT_MS;
  for (const admin of all) {
    while (!revokedIn(await readConfig(admin, connection.channel), one.mspId).includes(serial)) {
      if (performance.now() > deadline) throw new Error(`${admin.mspId} has not taken the revocation list`);
      await delay(PAUSE_MS);
    }
  }
}

/** Serial numbers that an organisation's lists in the configuration name. */
export function revokedIn(root: common.ConfigGroup, mspId: string): string[] {
  return mspOf(root, mspId)
    .fabric.getRevocationListList_asU8()
    .flatMap((der) => serialsOf(der));
}

function setList(root: common.ConfigGroup, mspId: string, der: Uint8Array): void {
  const { value, config, fabric } = mspOf(root, mspId);
  fabric.setRevocationListList([der]);
  config.setConfig(fabric.serializeBinary());
  value.setValue(config.serializeBinary());
}

/** An organisation's membership provider as the configuration holds it. */
function mspOf(
  root: common.ConfigGroup,
  mspId: string,
): { value: common.ConfigValue; config: msp.MSPConfig; fabric: msp.FabricMSPConfig } {
  const value = root.getGroupsMap().get('Application')?.getGroupsMap().get(mspId)?.getValuesMap().get('MSP');
  if (!value) throw new Error(`the channel has no organisation ${mspId}`);
  const config = msp.MSPConfig.deserializeBinary(value.getValue_asU8());
  return { value, config, fabric: msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8()) };
}
