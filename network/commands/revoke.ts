/** `npm run fabric:revoke -- <certificate.pem>`, or `-- <serial> --msp <MspId>`: the channel refuses the certificate. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { revokeCertificate } from '../../src/blockchain/channel-config/revocation.ts';
import { reasonOf } from '../../src/blockchain/channel-config/organisation-admin.ts';
import { absolutePaths } from '../../src/blockchain/fabric/connection.ts';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { connectionOf } from '../connection-file.ts';
import { existingPlan, readSettings } from '../network-folder.ts';

/** Options of the command line. */
export interface RevokeOptions {
  /** Path of a certificate, or a serial number. */
  readonly what?: string | undefined;
  /** MSP that issued it; with a certificate it is read from there. */
  readonly msp?: string | undefined;
}

/** Runs the command. @throws StartError with the sentence for the person */
export async function revoke({ what, msp }: RevokeOptions): Promise<void> {
  const plan = existingPlan(readSettings());
  if (what === undefined)
    throw new StartError('Name a certificate file, or a serial number (hexadecimal) with --msp.');
  const { serial, mspId } = certificateOf(what, msp);
  const connection = absolutePaths(connectionOf(plan), plan.folder);
  const seconds = await revokeCertificate({ connection, serial, mspId }).catch((error: unknown) => {
    throw new StartError(`The certificate ${serial} was not revoked: ${reasonOf(error)}`, { cause: error });
  });
  tell(
    seconds === 0
      ? `The certificate ${serial} of ${mspId} was revoked before.`
      : `The certificate ${serial} of ${mspId} is refused by every organisation's peer after ${seconds.toFixed(2)} s.`,
  );
}

function certificateOf(what: string, msp: string | undefined): { serial: string; mspId: string } {
  if (existsSync(what)) {
    const certificate = new X509Certificate(readFileSync(what));
    const mspId = msp ?? /^O=(.+)$/m.exec(certificate.subject)?.[1];
    if (mspId === undefined) throw new StartError(`${what} names no organisation: add --msp.`);
    return { serial: certificate.serialNumber, mspId };
  }
  if (!/^[0-9a-f:]+$/i.test(what)) throw new StartError(`There is no file ${what}.`);
  if (msp === undefined) throw new StartError('Add --msp with the organisation that issued the certificate.');
  return { serial: what, mspId: msp };
}
