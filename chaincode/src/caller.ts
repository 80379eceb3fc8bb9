/** Who calls: the certificate's attributes held against the member records on the ledger. */
import type { Organisation, User } from '#kernel/records/member.ts';
import { mspOfRole, post, role } from '#kernel/records/common.ts';
import type { Post, Role } from '#kernel/records/common.ts';
import type { CertificateIdentity } from './context.ts';
import { Refusal } from './refusal.ts';

/** The caller of a transaction, after authorisation. `userId` is the certificate's common name. */
export interface Caller {
  readonly userId: string;
  readonly orgId: string;
  readonly role: Role;
  readonly posts: readonly Post[];
  readonly mspId: string;
  readonly division: string;
}

/** What the certificate says, before the ledger has confirmed it. */
export type CertificateClaims = Caller;

const commonName = /(?:^|\/)CN=([A-Za-z0-9_.-]{1,64})(?=\/|$)/g;

/** By identity, since a ledger may hand out the same one for every call of a certificate. */
const known = new WeakMap<CertificateIdentity, CertificateClaims>();

/**
 * Reads common name, role, organisation, division and posts (comma separated) from the certificate.
 * @throws Refusal NOT_A_MEMBER when one is missing or malformed, MSP_MISMATCH when the role belongs to another provider
 */
export function claimsOf(identity: CertificateIdentity): CertificateClaims {
  let claims = known.get(identity);
  if (claims === undefined) known.set(identity, (claims = readClaims(identity)));
  return claims;
}

function readClaims(identity: CertificateIdentity): CertificateClaims {
  const userId = userIdOf(identity.getID());
  const parsedRole = role.safeParse(identity.getAttributeValue('role'));
  const orgId = identity.getAttributeValue('org');
  const division = identity.getAttributeValue('division');
  if (userId === null || !parsedRole.success || orgId === null || division === null) {
    throw new Refusal('NOT_A_MEMBER', { reason: 'certificate' });
  }
  const mspId = identity.getMSPID();
  if (mspOfRole[parsedRole.data] !== mspId)
    throw new Refusal('MSP_MISMATCH', { role: parsedRole.data, mspId });
  return { userId, orgId, role: parsedRole.data, posts: postsOf(identity), mspId, division };
}

/**
 * Holds the certificate against the records of the user and the organisation. A post counts when both carry it.
 * @throws Refusal NOT_A_MEMBER, USER_DISABLED or MSP_MISMATCH
 */
export function confirmedCaller(
  claims: CertificateClaims,
  user: User | null,
  org: Organisation | null,
): Caller {
  if (user === null || org === null || !agree(claims, user, org)) {
    throw new Refusal('NOT_A_MEMBER', { userId: claims.userId, reason: 'record' });
  }
  if (user.mspId !== claims.mspId || org.mspId !== claims.mspId) {
    throw new Refusal('MSP_MISMATCH', { userId: claims.userId, mspId: claims.mspId });
  }
  if (user.state !== 'ACTIVE' || org.state !== 'ACTIVE') {
    throw new Refusal('USER_DISABLED', { userId: claims.userId });
  }
  return { ...claims, posts: claims.posts.filter((held) => user.posts.includes(held)) };
}

/** @throws Refusal ROLE_NOT_ALLOWED unless the caller has one of the roles */
export function requireRole(caller: Caller, roles: readonly Role[]): void {
  if (!roles.includes(caller.role)) throw new Refusal('ROLE_NOT_ALLOWED', { role: caller.role });
}

/** @throws Refusal POST_MISSING unless the caller holds at least one of the posts; an empty list asks for none */
export function requirePost(caller: Caller, posts: readonly Post[]): void {
  if (posts.length > 0 && !posts.some((wanted) => caller.posts.includes(wanted))) {
    throw new Refusal('POST_MISSING', { posts });
  }
}

/** The one common name of the subject in `x509::subject::issuer`; null when a name could be read in two ways. */
function userIdOf(id: string): string | null {
  const [scheme, subject = '', issuer, ...more] = id.split('::');
  const names = [...subject.matchAll(commonName)];
  const plain = scheme === 'x509' && issuer !== undefined && more.length === 0 && names.length === 1;
  return plain ? (names[0]?.[1] ?? null) : null;
}

function agree(claims: CertificateClaims, user: User, org: Organisation): boolean {
  const record = [user.role, user.orgId, user.division, org.id];
  const certificate = [claims.role, claims.orgId, claims.division, claims.orgId];
  return record.every((text, at) => text === certificate[at]) && org.roles.includes(user.role);
}

function postsOf(identity: CertificateIdentity): Post[] {
  const words = (identity.getAttributeValue('posts') ?? '').split(',').filter((word) => word !== '');
  const parsed = post.array().safeParse(words);
  if (!parsed.success) throw new Refusal('NOT_A_MEMBER', { reason: 'posts' });
  return parsed.data;
}
