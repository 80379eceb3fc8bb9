/** Simulations in the ledger's own thread, for tests and small installations. */
import type { EndorserPool, PoolContext } from './channel.ts';
import { Dispatcher, type ContractClass } from './dispatcher.ts';
import { Endorser } from './endorser.ts';
import { StateViews } from './state-views.ts';

/** What inline endorsers are made of. */
export interface InlineOptions {
  readonly channel: string;
  readonly contracts: readonly ContractClass[];
  readonly now: () => number;
}

/** A pool without threads. */
export function openInlineEndorsers(options: InlineOptions, context: PoolContext): EndorserPool {
  const dispatcher = new Dispatcher(options.contracts);
  const { membership, blocks, store } = context;
  const endorser = new Endorser({
    channel: options.channel,
    dispatcher,
    membership,
    blocks,
    now: options.now,
  });
  const views = new StateViews(store);
  return {
    contracts: dispatcher.contracts,
    endorse: (signed, height) => views.with(height, (view) => endorser.endorse(signed, view)),
    // The membership is the channel's own object and knows already.
    revoke: () => undefined,
    close: () => views.close(),
  };
}
