/** The stand-in's gRPC services of one peer: the gateway's, and the delivery of blocks. */
import { status as grpcStatus, type sendUnaryData, type ServerDuplexStream } from '@grpc/grpc-js';
import type { ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { common, gateway, orderer, peer } from '@hyperledger/fabric-protos';
import { decodeFabricBlock } from '../../../src/blockchain/fabric/block.decoder.ts';
import type { Phase } from '../../../src/blockchain/fabric/failure.ts';
import type { LedgerIdentity } from '../../../src/blockchain/ledger.port.ts';
import { CHAINCODE, type StandInChain } from './chain.ts';
import { preparedTransaction } from './fabric-endorsement.ts';
import { readIdentity, readProposal } from './fabric-proposal.ts';
import { queryChain } from './query-contract.ts';
import { GatewayFault, serviceError, type Switches } from './switches.ts';

const NEVER_MS = 60_000;
const GONE = { code: grpcStatus.UNAVAILABLE, message: 'Connection dropped' } as const;

/** What the services of a peer stand on. */
export interface ServiceContext {
  /** The chain as it is open now. */
  readonly chain: () => StandInChain;
  readonly name: string;
  readonly switches: Switches;
  /** Identities that endorse. */
  readonly endorsers: readonly LedgerIdentity[];
  /** Streams that can be cut. */
  readonly streams: Set<AbortController>;
}

/** The gateway's five services. */
export function gatewayService(context: ServiceContext): UntypedServiceImplementation {
  return {
    evaluate: unary(context, 'evaluate', (request: gateway.EvaluateRequest) => evaluate(context, request)),
    endorse: unary(context, 'endorse', (request: gateway.EndorseRequest) => endorse(context, request)),
    submit: unary(context, 'submit', (request: gateway.SubmitRequest) => submit(context, request)),
    commitStatus: unary(context, 'status', (request: gateway.SignedCommitStatusRequest, signal) =>
      commitStatus(context, request, signal),
    ),
    chaincodeEvents: (
      call: ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>,
    ) => void chaincodeEvents(context, call),
  };
}

/** The delivery of whole blocks. */
export function deliverService(context: ServiceContext): UntypedServiceImplementation {
  const unsupported = (call: { end: () => void }): void => call.end();
  return {
    deliver: (call: ServerDuplexStream<common.Envelope, peer.DeliverResponse>) =>
      call.once('data', (envelope: common.Envelope) => void deliver(context, call, envelope)),
    deliverFiltered: unsupported,
    deliverWithPrivateData: unsupported,
  };
}

function unary<Request, Response>(
  context: ServiceContext,
  phase: Phase,
  run: (request: Request, signal: AbortSignal) => Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    const fault = context.switches.take(phase, context.name);
    const answer = fault ? Promise.reject(new GatewayFault(fault)) : run(call.request, cancelled.signal);
    answer.then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}

function toServiceError(error: unknown): ReturnType<typeof serviceError> {
  if (error instanceof GatewayFault) return serviceError(error.fault);
  return serviceError({ code: grpcStatus.INTERNAL, message: String(error) });
}

async function evaluate(
  { chain }: ServiceContext,
  request: gateway.EvaluateRequest,
): Promise<gateway.EvaluateResponse> {
  const proposal = readProposal(request.getProposedTransaction());
  const result = new peer.Response();
  result.setStatus(200);
  if (proposal.chaincode === 'qscc') {
    chain().admit(proposal, 'evaluate');
    result.setPayload(await queryChain(chain(), proposal.args));
  } else {
    result.setPayload(Buffer.from((await chain().simulate(proposal, 'evaluate')).result));
  }
  const response = new gateway.EvaluateResponse();
  response.setResult(result);
  return response;
}

async function endorse(
  { chain, switches, endorsers }: ServiceContext,
  request: gateway.EndorseRequest,
): Promise<gateway.EndorseResponse> {
  const proposal = readProposal(request.getProposedTransaction());
  const simulated = await chain().simulate(proposal, 'endorse');
  if (switches.use('dropAfterEndorse')) throw new GatewayFault(GONE);
  const response = new gateway.EndorseResponse();
  response.setPreparedTransaction(await preparedTransaction(proposal, simulated, endorsers));
  return response;
}

async function submit(
  { chain, switches }: ServiceContext,
  request: gateway.SubmitRequest,
): Promise<gateway.SubmitResponse> {
  if (switches.leaderLost)
    throw new GatewayFault({
      code: grpcStatus.UNAVAILABLE,
      message: 'no orderers could successfully process transaction',
    });
  if (switches.use('loseSubmitted')) return Promise.resolve(new gateway.SubmitResponse());
  chain().order(request.getPreparedTransaction()!);
  if (switches.use('dropAfterSubmit')) throw new GatewayFault(GONE);
  return Promise.resolve(new gateway.SubmitResponse());
}

async function commitStatus(
  { chain, switches }: ServiceContext,
  signed: gateway.SignedCommitStatusRequest,
  signal: AbortSignal,
): Promise<gateway.CommitStatusResponse> {
  const bytes = signed.getRequest_asU8();
  const request = gateway.CommitStatusRequest.deserializeBinary(bytes);
  const who = readIdentity(request.getIdentity_asU8());
  chain().admit({ ...who, bytes, signature: signed.getSignature_asU8() }, 'evaluate');
  if (switches.use('lateStatus')) await until(signal);
  const late = AbortSignal.any([signal, AbortSignal.timeout(NEVER_MS)]);
  for (;;) {
    const found = chain().status(request.getTransactionId());
    if (found) {
      const response = new gateway.CommitStatusResponse();
      response.setResult(found.code as 0);
      response.setBlockNumber(found.block);
      return response;
    }
    if (!(await chain().waitFor(chain().height, late)) && late.aborted)
      throw new GatewayFault({ code: grpcStatus.DEADLINE_EXCEEDED, message: 'context deadline exceeded' });
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function deliver(
  context: ServiceContext,
  call: ServerDuplexStream<common.Envelope, peer.DeliverResponse>,
  envelope: common.Envelope,
): Promise<void> {
  const { chain, switches } = context;
  const seek = orderer.SeekInfo.deserializeBinary(
    common.Payload.deserializeBinary(envelope.getPayload_asU8()).getData_asU8(),
  );
  const start = seek.getStart()?.getSpecified()?.getNumber() ?? 0;
  const stop = streamOf(context, call);
  if (start > chain().height) {
    const missing = new peer.DeliverResponse();
    missing.setStatus(common.Status.NOT_FOUND);
    call.write(missing);
    call.end();
    return;
  }
  for (let number = start; await chain().waitFor(number, stop.signal); number++) {
    const block = await chain().blocks.block(number);
    if (!block) break;
    if (switches.use('damagedBlocks')) block.getData()?.addData(Buffer.from('one byte more'));
    const response = new peer.DeliverResponse();
    response.setBlock(block);
    call.write(response);
  }
  call.emit('error', serviceError(GONE));
}

async function chaincodeEvents(
  context: ServiceContext,
  call: ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>,
): Promise<void> {
  const { chain } = context;
  const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8());
  const stop = streamOf(context, call);
  const specified = request.getStartPosition()?.getSpecified()?.getNumber();
  for (let number = specified ?? chain().height; await chain().waitFor(number, stop.signal); number++) {
    const block = await chain().blocks.block(number);
    if (!block) break;
    const response = new gateway.ChaincodeEventsResponse();
    response.setBlockNumber(number);
    for (const { transactionId, event, code } of decodeFabricBlock(block, CHAINCODE).transactions) {
      if (event === null || code !== 'VALID') continue;
      const one = new peer.ChaincodeEvent();
      one.setChaincodeId(CHAINCODE);
      one.setTxId(transactionId);
      one.setEventName(event.name);
      one.setPayload(Buffer.from(event.payload));
      response.addEvents(one);
    }
    call.write(response);
  }
  call.emit('error', serviceError(GONE));
}

function streamOf(
  { streams }: ServiceContext,
  call: { on(event: 'cancelled', listener: () => void): unknown },
): AbortController {
  const stop = new AbortController();
  streams.add(stop);
  stop.signal.addEventListener('abort', () => streams.delete(stop));
  call.on('cancelled', () => stop.abort());
  return stop;
}
