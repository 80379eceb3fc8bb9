/** The ledger process with the contract that takes prepared records, for filling a platform before a benchmark. */
process.argv.push('--contracts', 'bench/support/ledger-contracts.ts');
await import('../../../src/ledger.ts');
