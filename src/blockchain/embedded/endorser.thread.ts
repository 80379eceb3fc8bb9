/** An endorser thread: verifies and simulates batches of proposals on the shared state. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { BlockFile } from './block-file.ts';
import { loadContracts } from './contracts-module.ts';
import { Dispatcher } from './dispatcher.ts';
import { Endorser } from './endorser.ts';
import { KeyFilter } from './key-filter.ts';
import { Membership, type MspRoots } from './membership.ts';
import { StateStore } from './state-store.ts';
import { StateViews } from './state-views.ts';
import { decodeTasks, encodeOutcomes, type Task, type TaskOutcome } from './thread.codec.ts';

const OUTCOMES_PER_MESSAGE = 16;

/** What a thread is started with. */
export interface ThreadOptions {
  readonly channel: string;
  readonly stateFolder: string;
  /** Memory of the main thread's key filter. */
  readonly filterMemory: SharedArrayBuffer;
  readonly blockFile: string;
  readonly contractsModule: string;
  readonly mspRoots: MspRoots;
  readonly revoked: readonly string[];
}

/** What a thread is told. */
export type ThreadMessage =
  | { readonly kind: 'tasks'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'revoke'; readonly serial: string }
  | { readonly kind: 'close' };

/** What a thread tells. */
export type ThreadReply =
  | { readonly kind: 'ready'; readonly contracts: readonly string[] }
  | { readonly kind: 'outcomes'; readonly bytes: Uint8Array<ArrayBuffer> };

class EndorserThread {
  readonly #port: MessagePort;
  readonly #endorser: Endorser;
  readonly #views: StateViews;
  #outcomes: TaskOutcome[] = [];
  #running = 0;

  constructor(port: MessagePort, endorser: Endorser, views: StateViews) {
    this.#port = port;
    this.#endorser = endorser;
    this.#views = views;
  }

  run(bytes: Uint8Array<ArrayBuffer>): void {
    const { height, tasks } = decodeTasks(bytes);
    this.#running += tasks.length;
    for (const task of tasks) void this.#simulate(task, height);
  }

  async #simulate(task: Task, height: number): Promise<void> {
    const outcome = await this.#outcome(task, height);
    this.#outcomes.push({ id: task.id, outcome });
    this.#running--;
    // Every message wakes the other side, so outcomes go back some at a time.
    if (this.#running === 0 || this.#outcomes.length >= OUTCOMES_PER_MESSAGE) this.#flush();
  }

  async #outcome(task: Task, height: number): Promise<TaskOutcome['outcome']> {
    try {
      return await this.#views.with(height, (view) => this.#endorser.endorse(task, view));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #flush(): void {
    const bytes = encodeOutcomes(this.#outcomes);
    this.#outcomes = [];
    const reply: ThreadReply = { kind: 'outcomes', bytes };
    this.#port.postMessage(reply, [bytes.buffer]);
  }
}

async function start(port: MessagePort, options: ThreadOptions): Promise<void> {
  const blocks = await BlockFile.open(options.blockFile);
  const store = await StateStore.open(options.stateFolder, {
    shared: true,
    filter: new KeyFilter(options.filterMemory),
    chain: blocks,
  });
  const membership = new Membership(options.mspRoots, options.revoked);
  const dispatcher = new Dispatcher(await loadContracts(options.contractsModule));
  const endorser = new Endorser({ channel: options.channel, dispatcher, membership, blocks, now: Date.now });
  const views = new StateViews(store);
  const thread = new EndorserThread(port, endorser, views);
  port.on('message', (message: ThreadMessage) => {
    if (message.kind === 'tasks') thread.run(message.bytes);
    else if (message.kind === 'revoke') membership.revoke(message.serial);
    else void close();
  });
  const close = async (): Promise<void> => {
    await views.close();
    await store.close();
    await blocks.close();
    port.close();
  };
  const ready: ThreadReply = { kind: 'ready', contracts: dispatcher.contracts };
  port.postMessage(ready);
}

if (parentPort) await start(parentPort, workerData as ThreadOptions);
