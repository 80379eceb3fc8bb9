/** `npm run check`: derives the read model again from the blocks and prints every difference; exit code 1 when there is one. */
import { ConfigError } from '../config.ts';
import { checkReadModel } from '../models/read-model/check.ts';
import { describeDifference } from '../models/read-model/check-report.ts';
import { StartError } from '../supervisor/start-error.ts';
import { complain, tell } from '../supervisor/terminal.ts';
import { withPlatform } from './platform-access.ts';

try {
  const began = Date.now();
  const report = await withPlatform((access) => checkReadModel(access));
  for (const difference of report.differences) describeDifference(difference).forEach(tell);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const what = `${report.documents} documents of ${report.height} blocks compared in ${seconds} s`;
  tell(
    report.differences.length === 0
      ? `The read model agrees with the ledger: ${what}.`
      : `${report.differences.length} differences: ${what}. "npm run rebuild" makes the read model anew.`,
  );
  process.exitCode = report.differences.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  complain(error.message);
  process.exitCode = 2;
}
