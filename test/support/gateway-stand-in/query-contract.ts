/** Fabric's query contract (qscc) over the stand-in's chain. */
import { status } from '@grpc/grpc-js';
import { common } from '@hyperledger/fabric-protos';
import { blockHash } from '../../../src/blockchain/fabric/block-hash.ts';
import type { StandInChain } from './chain.ts';
import { GatewayFault } from './switches.ts';

/** @param args function, channel, and what the function wants. @throws GatewayFault for what is not there */
export async function queryChain(chain: StandInChain, args: readonly string[]): Promise<Uint8Array> {
  const [fn = '', channel = '', arg = ''] = args;
  if (channel !== chain.options.channel) throw refused(`channel '${channel}' not found`);
  if (fn === 'GetChainInfo') return (await chainInfo(chain)).serializeBinary();
  const number = fn === 'GetBlockByNumber' ? Number(arg) : chain.status(arg)?.block;
  const block = number === undefined ? null : await chain.blocks.block(number);
  if (block === null) throw refused(`Failed to get block for ${arg}, error no such transaction or block`);
  return block.serializeBinary();
}

async function chainInfo(chain: StandInChain): Promise<common.BlockchainInfo> {
  const { height } = chain;
  const header = (await chain.blocks.block(height - 1))!.getHeader()!;
  const info = new common.BlockchainInfo();
  info.setHeight(height);
  info.setCurrentblockhash(blockHash(header));
  info.setPreviousblockhash(header.getPreviousHash_asU8());
  return info;
}

function refused(words: string): GatewayFault {
  return new GatewayFault({
    code: status.UNKNOWN,
    message: 'evaluate call to endorser returned error',
    details: [`chaincode response 500, ${words}`],
  });
}
