/** The channel's first configuration, from which configtxgen makes the genesis block. Each key says why it stands. */
import { join } from 'node:path';
import {
  endpointOf,
  nodePaths,
  ordererMsp,
  organisationPaths,
  type NetworkPlan,
  type OrdererPlan,
} from './plan.ts';

/** Profile name in configtx.yaml. */
export const profileName = 'Channel';

/** One rule about who may do something. */
interface Policy {
  readonly Type: 'Signature' | 'ImplicitMeta';
  readonly Rule: string;
}

/** @returns the content of configtx.yaml; JSON is YAML */
export function renderConfigtx(plan: NetworkPlan): string {
  const profile = {
    // V3_0: needed for BFT, and the newest level that every 3.1 node knows.
    Capabilities: { V3_0: true },
    Policies: {
      Readers: anyOf('Readers'),
      Writers: anyOf('Writers'),
      // A change of the channel itself needs more than half of the organisations.
      Admins: majorityOf('Admins'),
    },
    Orderer: ordererSection(plan),
    Application: applicationSection(plan),
  };
  return JSON.stringify({ Profiles: { [profileName]: profile } }, null, 2);
}

function applicationSection(plan: NetworkPlan): object {
  return {
    Organizations: plan.organisations.map(({ name, mspId, peer }) => ({
      Name: mspId,
      ID: mspId,
      MSPDir: organisationPaths(plan.folder, name).msp,
      Policies: organisationPolicies(mspId),
      // Peers of other organisations find this one here; without it the gateway cannot ask it to endorse.
      AnchorPeers: [{ Host: peer.host, Port: peer.ports.grpc }],
    })),
    // The lifecycle of chaincode by approvals of organisations.
    Capabilities: { V2_5: true },
    Policies: {
      Readers: anyOf('Readers'),
      Writers: anyOf('Writers'),
      Admins: majorityOf('Admins'),
      // More than half of the organisations agree on new contracts, and on every transaction of the contracts.
      LifecycleEndorsement: majorityOf('Endorsement'),
      Endorsement: majorityOf('Endorsement'),
    },
  };
}

/** @returns who speaks for a peer organisation */
export function organisationPolicies(mspId: string): Record<string, Policy> {
  return {
    // Peers read blocks, people read and write, administrators change, peers endorse.
    Readers: signature(`OR('${mspId}.admin', '${mspId}.peer', '${mspId}.client')`),
    Writers: signature(`OR('${mspId}.admin', '${mspId}.client')`),
    Admins: signature(`OR('${mspId}.admin')`),
    Endorsement: signature(`OR('${mspId}.peer')`),
  };
}

function ordererSection(plan: NetworkPlan): object {
  return {
    OrdererType: plan.consensus === 'bft' ? 'BFT' : 'etcdraft',
    // A lone transaction waits this long for company under Raft; 200 ms gave the best rate that was measured.
    BatchTimeout: '200ms',
    BatchSize: {
      // Enough for what 200 ms bring at the highest rate that was measured.
      MaxMessageCount: 500,
      AbsoluteMaxBytes: '32 MB',
      PreferredMaxBytes: '4 MB',
    },
    ...(plan.consensus === 'bft' ? bftConsensus(plan) : raftConsensus(plan)),
    Organizations: [
      {
        Name: ordererMsp,
        ID: ordererMsp,
        MSPDir: organisationPaths(plan.folder, 'orderer').msp,
        Policies: {
          Readers: signature(`OR('${ordererMsp}.member')`),
          Writers: signature(`OR('${ordererMsp}.member')`),
          Admins: signature(`OR('${ordererMsp}.admin')`),
        },
        // Where peers and gateways reach the ordering service.
        OrdererEndpoints: plan.orderers.map(endpointOf),
      },
    ],
    Capabilities: { V2_0: true },
    Policies: {
      Readers: anyOf('Readers'),
      Writers: anyOf('Writers'),
      Admins: majorityOf('Admins'),
      // What makes a block valid for peers: a signature of the ordering service; BFT replaces it by a quorum.
      BlockValidation: anyOf('Writers'),
    },
  };
}

function raftConsensus(plan: NetworkPlan): object {
  return {
    EtcdRaft: {
      Consenters: plan.orderers.map((one) => {
        const { tlsCert } = nodePaths(plan.folder, 'orderer', one.name);
        return { Host: one.host, Port: one.ports.grpc, ClientTLSCert: tlsCert, ServerTLSCert: tlsCert };
      }),
      Options: {
        // With Fabric's 500 ms an orderer that comes back leads after 7 s, with 100 ms after 2.5 s.
        TickInterval: '100ms',
        ElectionTick: 10,
        HeartbeatTick: 1,
        MaxInflightBlocks: 5,
        SnapshotIntervalSize: '16 MB',
      },
    },
  };
}

function bftConsensus(plan: NetworkPlan): object {
  return {
    ConsenterMapping: plan.orderers.map((one, index) => consenter(plan, one, index + 1)),
    // All must be given. A leader that fails is replaced after ComplainTimeout to HeartbeatTimeout.
    SmartBFT: {
      RequestBatchMaxInterval: '100ms',
      RequestForwardTimeout: '1s',
      RequestComplainTimeout: '4s',
      RequestAutoRemoveTimeout: '3m0s',
      ViewChangeResendInterval: '2s',
      ViewChangeTimeout: '8s',
      LeaderHeartbeatTimeout: '5s',
      LeaderHeartbeatCount: 10,
      CollectTimeout: '1s',
      IncomingMessageBufferSize: 200,
      RequestPoolSize: 100000,
    },
  };
}

function consenter(plan: NetworkPlan, one: OrdererPlan, id: number): object {
  const paths = nodePaths(plan.folder, 'orderer', one.name);
  return {
    ID: id,
    Host: one.host,
    Port: one.ports.grpc,
    MSPID: ordererMsp,
    Identity: join(paths.signCert),
    ClientTLSCert: paths.tlsCert,
    ServerTLSCert: paths.tlsCert,
  };
}

function signature(rule: string): Policy {
  return { Type: 'Signature', Rule: rule };
}

function anyOf(name: string): Policy {
  return { Type: 'ImplicitMeta', Rule: `ANY ${name}` };
}

function majorityOf(name: string): Policy {
  return { Type: 'ImplicitMeta', Rule: `MAJORITY ${name}` };
}
