/** Speaks to peers as an organisation's administrator: calls of system chaincodes, transactions, evaluations. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers, type Gateway, type Signer } from '@hyperledger/fabric-gateway';
import { gateway as gatewayProtos, peer as peerProtos } from '@hyperledger/fabric-protos';
import { nodePaths, organisationPaths, type NetworkPlan, type OrganisationPlan } from './plan.ts';

const OK = 200;
const DEADLINE_MS = 30_000;

/** One call of a chaincode. */
export interface AdminCall {
  readonly chaincode: string;
  readonly fn: string;
  readonly args?: readonly (string | Uint8Array)[];
}

/** An organisation's administrator at the organisation's own peer. */
export class AdminClient {
  readonly organisation: OrganisationPlan;
  readonly #channel: string;
  readonly #client: Client;
  readonly #gateway: Gateway;
  readonly #signer: Signer;

  private constructor(organisation: OrganisationPlan, channel: string, parts: ClientParts) {
    this.organisation = organisation;
    this.#channel = channel;
    this.#client = parts.client;
    this.#gateway = parts.gateway;
    this.#signer = parts.signer;
  }

  /** Reads the administrator's key and certificate; connects at the first call. */
  static async open(plan: NetworkPlan, organisation: OrganisationPlan): Promise<AdminClient> {
    const admin = organisationPaths(plan.folder, organisation.name).admin;
    const [certificate, key, root] = await Promise.all([
      readFile(join(admin, 'msp/signcerts/cert.pem')),
      readFile(join(admin, 'msp/keystore/key.pem')),
      readFile(nodePaths(plan.folder, organisation.name, organisation.peer.name).tlsRoot),
    ]);
    const signer = signers.newPrivateKeySigner(createPrivateKey(key));
    const address = `localhost:${organisation.peer.ports.grpc}`;
    const client = new Client(address, credentials.createSsl(root), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
    const identity = { mspId: organisation.mspId, credentials: certificate };
    const deadline = (): { deadline: number } => ({ deadline: Date.now() + DEADLINE_MS });
    const gateway = connect({
      client,
      identity,
      signer,
      hash: hash.sha256,
      evaluateOptions: deadline,
      endorseOptions: deadline,
      submitOptions: deadline,
      commitStatusOptions: deadline,
    });
    return new AdminClient(organisation, plan.channel, { client, gateway, signer });
  }

  /** Runs a call on the organisation's own peer alone, outside any channel unless one is named. */
  async onOwnPeer(call: AdminCall, channel = ''): Promise<Uint8Array> {
    const contract = this.#gateway.getNetwork(channel).getContract(call.chaincode);
    const proposal = contract.newProposal(call.fn, { arguments: [...(call.args ?? [])] });
    const signed = gatewayProtos.ProposedTransaction.deserializeBinary(proposal.getBytes()).getProposal();
    if (!signed) throw new Error('the proposal is empty');
    signed.setSignature(await this.#signer(hash.sha256(signed.getProposalBytes_asU8())));
    const response = (await this.#process(signed)).getResponse();
    if (response?.getStatus() !== OK) throw new Error(response?.getMessage() ?? 'the peer gave no answer');
    return response.getPayload_asU8();
  }

  /** Evaluates on the organisation's own peer. */
  evaluate(call: AdminCall): Promise<Uint8Array> {
    const contract = this.#gateway.getNetwork(this.#channel).getContract(call.chaincode);
    return contract.evaluate(call.fn, {
      arguments: [...(call.args ?? [])],
      endorsingOrganizations: [this.organisation.mspId],
    });
  }

  /**
   * Sends a transaction and waits until it is in a block and valid.
   * @param endorsers MSPs that must endorse; absent = as the policy says
   */
  async submit(call: AdminCall, endorsers?: readonly string[]): Promise<Uint8Array> {
    const contract = this.#gateway.getNetwork(this.#channel).getContract(call.chaincode);
    return contract.submit(call.fn, {
      arguments: [...(call.args ?? [])],
      ...(endorsers ? { endorsingOrganizations: [...endorsers] } : {}),
    });
  }

  close(): void {
    this.#gateway.close();
    this.#client.close();
  }

  #process(proposal: peerProtos.SignedProposal): Promise<peerProtos.ProposalResponse> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
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

interface ClientParts {
  readonly client: Client;
  readonly gateway: Gateway;
  readonly signer: Signer;
}

/** Opens every organisation's administrator, runs the work, and closes them whatever happens. */
export async function withAdmins<T>(
  plan: NetworkPlan,
  work: (admins: readonly AdminClient[]) => Promise<T>,
): Promise<T> {
  const admins = await Promise.all(plan.organisations.map((one) => AdminClient.open(plan, one)));
  try {
    return await work(admins);
  } finally {
    for (const admin of admins) admin.close();
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
