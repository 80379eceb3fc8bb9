/** An organisation's administrator at the organisation's own peer: evaluates, transacts, and signs changes of the channel. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers, type Gateway, type Network, type Signer } from '@hyperledger/fabric-gateway';
import { gateway as gatewayProtos, msp, peer as peerProtos } from '@hyperledger/fabric-protos';
import type { FabricOrganisation } from '../fabric/connection.ts';

const OK = 200;
const DEADLINE_MS = 30_000;

/** One call of a chaincode. */
export interface AdminCall {
  readonly chaincode: string;
  readonly fn: string;
  readonly args?: readonly (string | Uint8Array)[];
}

/** What an administrator works with. */
export interface AdminParts {
  readonly organisation: FabricOrganisation;
  readonly channel: string;
  readonly client: Client;
  readonly gateway: Gateway;
  readonly signer: Signer;
  readonly certificate: Uint8Array;
}

/** Reads the administrator's key and certificate and prepares a connection. @param organisation with absolute paths */
export async function adminParts(organisation: FabricOrganisation, channel: string): Promise<AdminParts> {
  const [peer] = organisation.peers;
  if (!peer) throw new Error(`${organisation.name} has no peer`);
  const paths = [organisation.adminCertPath, organisation.adminKeyPath, peer.tlsRootPem];
  const [certificate, key, root] = await Promise.all(paths.map((path) => readFile(path)));
  if (!certificate || !key || !root) throw new Error(`${organisation.name} has no administrator`);
  const signer = signers.newPrivateKeySigner(createPrivateKey(key));
  const client = new Client(peer.endpoint, credentials.createSsl(root), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  const deadline = (): { deadline: number } => ({ deadline: Date.now() + DEADLINE_MS });
  const gateway = connect({
    client,
    identity: { mspId: organisation.mspId, credentials: certificate },
    signer,
    hash: hash.sha256,
    evaluateOptions: deadline,
    endorseOptions: deadline,
    submitOptions: deadline,
    commitStatusOptions: deadline,
  });
  return { organisation, channel, client, gateway, signer, certificate };
}

/** An administrator with an open connection. */
export class OrganisationAdmin {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  get mspId(): string {
    return this.#parts.organisation.mspId;
  }

  /** The administrator as Fabric writes identities. */
  get creator(): Uint8Array {
    const identity = new msp.SerializedIdentity();
    identity.setMspid(this.mspId);
    identity.setIdBytes(this.#parts.certificate);
    return identity.serializeBinary();
  }

  /** Signs bytes (ECDSA over their SHA-256, DER, the form that Fabric takes). */
  sign(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#parts.signer(hash.sha256(bytes));
  }

  /** Runs a call on the organisation's own peer alone, outside any channel unless one is named. */
  async onOwnPeer(call: AdminCall, channel = ''): Promise<Uint8Array> {
    const contract = this.#network(channel).getContract(call.chaincode);
    const proposal = contract.newProposal(call.fn, { arguments: [...(call.args ?? [])] });
    const signed = gatewayProtos.ProposedTransaction.deserializeBinary(proposal.getBytes()).getProposal();
    if (!signed) throw new Error('the proposal is empty');
    signed.setSignature(await this.sign(signed.getProposalBytes_asU8()));
    const response = (await this.#process(signed)).getResponse();
    if (response?.getStatus() !== OK) throw new Error(response?.getMessage() ?? 'the peer gave no answer');
    return response.getPayload_asU8();
  }

  /** Evaluates on the organisation's own peer. */
  evaluate(call: AdminCall): Promise<Uint8Array> {
    const contract = this.#network().getContract(call.chaincode);
    const endorsingOrganizations = [this.mspId];
    return contract.evaluate(call.fn, { arguments: [...(call.args ?? [])], endorsingOrganizations });
  }

  /**
   * Sends a transaction and waits until it is in a block and valid.
   * @param endorsers MSPs that must endorse; absent = as the policy says
   */
  async submit(call: AdminCall, endorsers?: readonly string[]): Promise<Uint8Array> {
    const contract = this.#network().getContract(call.chaincode);
    return contract.submit(call.fn, {
      arguments: [...(call.args ?? [])],
      ...(endorsers ? { endorsingOrganizations: [...endorsers] } : {}),
    });
  }

  close(): void {
    this.#parts.gateway.close();
    this.#parts.client.close();
  }

  #network(channel = this.#parts.channel): Network {
    return this.#parts.gateway.getNetwork(channel);
  }

  #process(proposal: peerProtos.SignedProposal): Promise<peerProtos.ProposalResponse> {
    return new Promise((resolve, reject) => {
      this.#parts.client.makeUnaryRequest(
        '/protos.Endorser/ProcessProposal',
        (message: peerProtos.SignedProposal) => Buffer.from(message.serializeBinary()),
        (bytes: Buffer) => peerProtos.ProposalResponse.deserializeBinary(bytes),
        proposal,
        { deadline: Date.now() + DEADLINE_MS },
        (error, value) => {
          if (error) reject(error);
          else if (value) resolve(value);
          else reject(new Error('the peer gave no answer'));
        },
      );
    });
  }
}

/** The words of a fault: the peers' own where a gateway hands them on. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = 'details' in error && Array.isArray(error.details) ? (error.details as unknown[]) : [];
  const words = details.flatMap((one) =>
    typeof one === 'object' && one !== null && 'message' in one ? [String(one.message)] : [],
  );
  return words.length > 0 ? words.join('; ') : error.message;
}
