/** Keys and certificates of a network below `organisations/`: made once per organisation and node, keys 0600. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createAuthority,
  type CertificateAuthority,
  type IssuedCertificate,
} from '../src/blockchain/identity/certificate-authority.ts';
import {
  issueNodeCertificate,
  issueTlsCertificate,
  type NodeRole,
} from '../src/blockchain/identity/node-certificate.ts';
import {
  nodePaths,
  ordererMsp,
  organisationPaths,
  readerOrganisation,
  readerPaths,
  type NetworkPlan,
  type OrdererPlan,
} from './plan.ts';

/** In the last three months of the reader's certificate `fabric:up` makes a new one. */
const READER_RENEWED_MS = 90 * 86_400_000;

/** A certificate authority of the network. */
type Authority = CertificateAuthority<string>;

/** Tells which kind of node a certificate belongs to by its organisational unit. */
const nodeUnits = {
  NodeOUs: {
    Enable: true,
    ClientOUIdentifier: { OrganizationalUnitIdentifier: 'client' },
    PeerOUIdentifier: { OrganizationalUnitIdentifier: 'peer' },
    AdminOUIdentifier: { OrganizationalUnitIdentifier: 'admin' },
    OrdererOUIdentifier: { OrganizationalUnitIdentifier: 'orderer' },
  },
};

/** An organisation's two authorities: one for identities, one for TLS. */
interface Authorities {
  readonly identity: Authority;
  readonly tls: Authority;
}

/** True when every key and certificate of the plan is there. */
export function hasMaterial(plan: NetworkPlan): boolean {
  if (!hasReader(plan)) return false;
  return membersOf(plan).every(({ organisation, nodes }) =>
    [
      join(organisationPaths(plan.folder, organisation).admin, 'msp'),
      organisationPaths(plan.folder, organisation).msp,
      ...nodes.map(({ name }) => nodePaths(plan.folder, organisation, name).tlsCert),
    ].every((path) => existsSync(path)),
  );
}

/** Makes what is missing; what is there stays. */
export async function makeMaterial(plan: NetworkPlan): Promise<void> {
  await Promise.all(membersOf(plan).map((member) => makeOrganisation(plan.folder, member)));
  if (!hasReader(plan)) await makeReader(plan);
}

/** True while the platform's reader has a certificate that does not end soon. */
function hasReader(plan: NetworkPlan): boolean {
  const { certificate } = readerPaths(plan.folder);
  if (!existsSync(certificate)) return false;
  const end = Date.parse(new X509Certificate(readFileSync(certificate)).validTo);
  return end - Date.now() > READER_RENEWED_MS;
}

/** The reader's own identity: a client of the operator's organisation that holds no role, so that contracts refuse it. */
async function makeReader({ folder, organisations }: NetworkPlan): Promise<void> {
  const paths = organisationPaths(folder, readerOrganisation);
  const { mspId = '' } = organisations.find(({ name }) => name === readerOrganisation) ?? {};
  const at = { key: paths.caKey, certificate: paths.caCert };
  const authority = await openAuthority(mspId, at, 'root');
  const made = await issueNodeCertificate(authority, 'platform-reader', 'client');
  const own = readerPaths(folder);
  await rm(dirname(own.key), { recursive: true, force: true });
  await makeFolder(dirname(own.key), async (draft) => {
    await writeKey(join(draft, 'key.pem'), made.privateKey);
    await write(join(draft, 'cert.pem'), made.certificate);
  });
}

interface Member {
  readonly organisation: string;
  readonly mspId: string;
  readonly role: NodeRole;
  readonly nodes: readonly NodeName[];
}

/** What a node is called, by its own organisation and by others. */
type NodeName = Pick<OrdererPlan, 'name' | 'host'>;

function membersOf(plan: NetworkPlan): Member[] {
  return [
    {
      organisation: 'orderer',
      mspId: ordererMsp,
      role: 'orderer',
      nodes: plan.orderers,
    },
    ...plan.organisations.map(({ name, mspId, peer }) => ({
      organisation: name,
      mspId,
      role: 'peer' as const,
      nodes: [peer],
    })),
  ];
}

async function makeOrganisation(folder: string, member: Member): Promise<void> {
  const { organisation, mspId, role, nodes } = member;
  const paths = organisationPaths(folder, organisation);
  const authorities = {
    identity: await openAuthority(mspId, { key: paths.caKey, certificate: paths.caCert }, 'root'),
    tls: await openAuthority(mspId, { key: paths.tlsCaKey, certificate: paths.tlsCaCert }, 'TLS root'),
  };
  await makeFolder(paths.msp, (at) => writeMsp(at, authorities));
  await makeFolder(paths.admin, async (at) =>
    writeMsp(
      join(at, 'msp'),
      authorities,
      await issueNodeCertificate(authorities.identity, `admin@${organisation}`, 'admin'),
    ),
  );
  await Promise.all(
    nodes.map((node) =>
      makeFolder(dirname(nodePaths(folder, organisation, node.name).msp), (at) =>
        writeNode(at, authorities, node, role),
      ),
    ),
  );
}

/** Fills a folder under another name first, so that a crash leaves a whole one or none. */
async function makeFolder(path: string, fill: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const draft = `${path}.new`;
  await rm(draft, { recursive: true, force: true });
  await fill(draft);
  await rename(draft, path);
}

async function openAuthority(
  mspId: string,
  at: { readonly key: string; readonly certificate: string },
  purpose: string,
): Promise<Authority> {
  const folder = dirname(at.key);
  await makeFolder(folder, async (draft) => {
    const made = await createAuthority(mspId, new Date(), purpose);
    await writeKey(join(draft, 'ca.key'), made.privateKey);
    await write(join(draft, 'ca.pem'), made.certificate);
  });
  const [privateKey, certificate] = await Promise.all([
    readFile(at.key, 'utf8'),
    readFile(at.certificate, 'utf8'),
  ]);
  return { mspId, privateKey, certificate };
}

async function writeNode(
  at: string,
  authorities: Authorities,
  { name: node, host }: NodeName,
  role: NodeRole,
): Promise<void> {
  await writeMsp(join(at, 'msp'), authorities, await issueNodeCertificate(authorities.identity, node, role));
  const hosts = [...new Set([host, 'localhost', '127.0.0.1'])];
  const tls = await issueTlsCertificate(authorities.tls, node, hosts);
  await writeKey(join(at, 'tls/server.key'), tls.privateKey);
  await write(join(at, 'tls/server.crt'), tls.certificate);
  await write(join(at, 'tls/ca.crt'), authorities.tls.certificate);
}

async function writeMsp(
  at: string,
  authorities: Authorities,
  own?: IssuedCertificate<string>,
): Promise<void> {
  await write(join(at, 'cacerts/ca.pem'), authorities.identity.certificate);
  await write(join(at, 'tlscacerts/tlsca.pem'), authorities.tls.certificate);
  await write(join(at, 'config.yaml'), JSON.stringify(nodeUnits, null, 2));
  if (!own) return;
  await write(join(at, 'signcerts/cert.pem'), own.certificate);
  await writeKey(join(at, 'keystore/key.pem'), own.privateKey);
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode });
}

function writeKey(path: string, text: string): Promise<void> {
  return write(path, text, 0o600);
}
