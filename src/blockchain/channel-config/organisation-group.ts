/** Builds an organisation's part of a channel configuration: membership provider, policies, anchor peer. Pure. */
import { common, msp, peer } from '@hyperledger/fabric-protos';

const FABRIC_MSP = 0;
const Role = msp.MSPRole.MSPRoleType;

/** An organisation that is to be admitted. Certificates are PEM. */
export interface NewOrganisation {
  readonly mspId: string;
  readonly caCertificate: string;
  readonly tlsCaCertificate: string;
  /** Where other organisations' peers find its peer. */
  readonly anchor: { readonly host: string; readonly port: number };
}

type RoleType = msp.MSPRole.MSPRoleTypeMap[keyof msp.MSPRole.MSPRoleTypeMap];

/** Who speaks for an organisation: peers read blocks, people read and write, administrators change, peers endorse. */
const policies: Readonly<Record<string, readonly RoleType[]>> = {
  Readers: [Role.ADMIN, Role.PEER, Role.CLIENT],
  Writers: [Role.ADMIN, Role.CLIENT],
  Admins: [Role.ADMIN],
  Endorsement: [Role.PEER],
};

/** @returns the group to put under `Application` */
export function organisationGroup(organisation: NewOrganisation): common.ConfigGroup {
  const group = new common.ConfigGroup();
  group.setModPolicy('Admins');
  group.getValuesMap().set('MSP', configValue(membership(organisation)));
  group.getValuesMap().set('AnchorPeers', configValue(anchors(organisation)));
  for (const [name, roles] of Object.entries(policies))
    group.getPoliciesMap().set(name, anyOf(organisation.mspId, roles));
  return group;
}

function membership({ mspId, caCertificate, tlsCaCertificate }: NewOrganisation): msp.MSPConfig {
  const fabric = new msp.FabricMSPConfig();
  fabric.setName(mspId);
  fabric.setRootCertsList([Buffer.from(caCertificate)]);
  fabric.setTlsRootCertsList([Buffer.from(tlsCaCertificate)]);
  const crypto = new msp.FabricCryptoConfig();
  crypto.setSignatureHashFamily('SHA2');
  crypto.setIdentityIdentifierHashFunction('SHA256');
  fabric.setCryptoConfig(crypto);
  const units = new msp.FabricNodeOUs();
  units.setEnable(true);
  units.setClientOuIdentifier(unit('client'));
  units.setPeerOuIdentifier(unit('peer'));
  units.setAdminOuIdentifier(unit('admin'));
  units.setOrdererOuIdentifier(unit('orderer'));
  fabric.setFabricNodeOus(units);
  const config = new msp.MSPConfig();
  config.setType(FABRIC_MSP);
  config.setConfig(fabric.serializeBinary());
  return config;
}

function unit(name: string): msp.FabricOUIdentifier {
  const identifier = new msp.FabricOUIdentifier();
  identifier.setOrganizationalUnitIdentifier(name);
  return identifier;
}

function anchors({ anchor }: NewOrganisation): peer.AnchorPeers {
  const one = new peer.AnchorPeer();
  one.setHost(anchor.host);
  one.setPort(anchor.port);
  const list = new peer.AnchorPeers();
  list.setAnchorPeersList([one]);
  return list;
}

function configValue(message: { serializeBinary(): Uint8Array }): common.ConfigValue {
  const value = new common.ConfigValue();
  value.setModPolicy('Admins');
  value.setValue(message.serializeBinary());
  return value;
}

function anyOf(mspId: string, roles: readonly RoleType[]): common.ConfigPolicy {
  const rules = new common.SignaturePolicy.NOutOf();
  rules.setN(1);
  rules.setRulesList(roles.map((_, index) => signedBy(index)));
  const rule = new common.SignaturePolicy();
  rule.setNOutOf(rules);
  const envelope = new common.SignaturePolicyEnvelope();
  envelope.setRule(rule);
  envelope.setIdentitiesList(roles.map((role) => principal(mspId, role)));
  const policy = new common.Policy();
  policy.setType(common.Policy.PolicyType.SIGNATURE);
  policy.setValue(envelope.serializeBinary());
  const config = new common.ConfigPolicy();
  config.setModPolicy('Admins');
  config.setPolicy(policy);
  return config;
}

function signedBy(index: number): common.SignaturePolicy {
  const policy = new common.SignaturePolicy();
  policy.setSignedBy(index);
  return policy;
}

function principal(mspId: string, role: RoleType): msp.MSPPrincipal {
  const named = new msp.MSPRole();
  named.setMspIdentifier(mspId);
  named.setRole(role);
  const one = new msp.MSPPrincipal();
  one.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
  one.setPrincipal(named.serializeBinary());
  return one;
}
