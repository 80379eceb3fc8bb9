/** Reads a channel's configuration, signs a change of it and sends the change to an orderer. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { credentials } from '@grpc/grpc-js';
import { common, orderer as ordererProtos } from '@hyperledger/fabric-protos';
import type { FabricConnection, FabricOrderer } from '../fabric/connection.ts';
import type { OrganisationAdmin } from './organisation-admin.ts';

const PATIENCE_MS = 10_000;

/** The ordering service did not take a change; the message holds its words. */
export class ChannelUpdateRefused extends Error {
  override readonly name = 'ChannelUpdateRefused';
}

/** @returns the root group of the configuration as the administrator's own peer has it */
export async function readConfig(admin: OrganisationAdmin, channel: string): Promise<common.ConfigGroup> {
  const bytes = await admin.onOwnPeer(
    { chaincode: 'cscc', fn: 'GetChannelConfig', args: [channel] },
    channel,
  );
  const root = common.Config.deserializeBinary(bytes).getChannelGroup();
  if (!root) throw new Error('the channel has no configuration');
  return root;
}

/** One organisation's signature over an update. */
export async function signUpdate(
  admin: OrganisationAdmin,
  update: Uint8Array,
): Promise<common.ConfigSignature> {
  const header = signatureHeader(admin);
  const signature = new common.ConfigSignature();
  signature.setSignatureHeader(header);
  signature.setSignature(await admin.sign(Buffer.concat([header, update])));
  return signature;
}

/**
 * Sends a signed update; the administrator signs the message as its sender.
 * @throws ChannelUpdateRefused when signatures are missing, or the configuration has changed since it was read
 */
export async function submitUpdate(
  connection: FabricConnection,
  admin: OrganisationAdmin,
  update: Uint8Array,
  signatures: readonly common.ConfigSignature[],
): Promise<void> {
  const body = new common.ConfigUpdateEnvelope();
  body.setConfigUpdate(update);
  body.setSignaturesList([...signatures]);
  const header = new common.Header();
  header.setChannelHeader(channelHeader(connection.channel));
  header.setSignatureHeader(signatureHeader(admin));
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(body.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(await admin.sign(envelope.getPayload_asU8()));
  await broadcast(connection.orderers, envelope);
}

function channelHeader(channel: string): Uint8Array {
  const header = new common.ChannelHeader();
  header.setType(common.HeaderType.CONFIG_UPDATE);
  header.setChannelId(channel);
  return header.serializeBinary();
}

function signatureHeader(admin: OrganisationAdmin): Uint8Array {
  const header = new common.SignatureHeader();
  header.setCreator(admin.creator);
  header.setNonce(randomBytes(24));
  return header.serializeBinary();
}

/** Tries the orderers in turn; what one of them refuses is not tried at another. */
async function broadcast(orderers: readonly FabricOrderer[], envelope: common.Envelope): Promise<void> {
  let last: unknown = new Error('the network has no orderer');
  for (const one of orderers) {
    try {
      await send(one, envelope);
      return;
    } catch (error) {
      if (error instanceof ChannelUpdateRefused) throw error;
      last = error;
    }
  }
  throw last;
}

async function send(one: FabricOrderer, envelope: common.Envelope): Promise<void> {
  const root = await readFile(one.tlsRootPem);
  const client = new ordererProtos.AtomicBroadcastClient(one.endpoint, credentials.createSsl(root));
  try {
    const { status, info } = await answerOf(client, envelope);
    if (status === common.Status.SERVICE_UNAVAILABLE) throw new Error(`${one.name}: ${info}`);
    if (status !== common.Status.SUCCESS) throw new ChannelUpdateRefused(info);
  } finally {
    client.close();
  }
}

function answerOf(
  client: ordererProtos.AtomicBroadcastClient,
  envelope: common.Envelope,
): Promise<{ status: number; info: string }> {
  return new Promise((resolve, reject) => {
    const stream = client.broadcast(null, { deadline: Date.now() + PATIENCE_MS });
    stream.on('data', (answer: ordererProtos.BroadcastResponse) => {
      resolve({ status: answer.getStatus(), info: answer.getInfo() });
      stream.end();
    });
    stream.on('error', reject);
    stream.write(envelope);
  });
}
