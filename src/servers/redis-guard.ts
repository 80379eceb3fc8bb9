/** Keeps a Redis that is away, stopped or slow from holding a request: whoever asks is answered within a time, and at once while it is known to be away. */
import type { Redis } from 'ioredis';
import { InfrastructureError } from '../models/kernel/errors.ts';

/** Longest wait for an answer of Redis, ms: a machine under full load takes a second or two now and then. */
const answerWithinMs = 3_000;
/** How often it is asked whether it is there, ms. */
const everyMs = 500;

/** What asks Redis on behalf of requests. */
export class RedisGuard {
  readonly #redis: Redis;
  readonly #timer: NodeJS.Timeout;
  #away = false;
  #asking = false;
  readonly #left = (): void => void (this.#away = true);

  /** @param redis a connection on which no command blocks */
  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('close', this.#left);
    this.#timer = setInterval(() => void this.#ask(), everyMs).unref();
  }

  /** Whether Redis is known not to answer now. */
  get isAway(): boolean {
    return this.#away;
  }

  /**
   * Does work that needs Redis.
   * @throws InfrastructureError at once while Redis is away, or when it does not answer in time; else whatever the work throws
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#away) throw unavailable();
    return this.#inTime(work());
  }

  /** The same client whose every promise is guarded as `run` guards work. */
  wrap<T extends object>(client: T): T {
    return this.#proxy(client, (call) => this.run(() => Promise.resolve(call())));
  }

  /** The connection, which calls itself not ready while Redis is away: for libraries that look at `status` first. */
  get store(): Redis {
    return this.#proxy(this.#redis, (call) => call());
  }

  /** Ends the asking; the connection is its owner's. */
  close(): void {
    clearInterval(this.#timer);
    this.#redis.off('close', this.#left);
  }

  #proxy<T extends object>(client: T, carry: (call: () => unknown) => unknown): T {
    return new Proxy(client, {
      get: (target, name) => {
        if (name === 'status' && this.#away) return 'away';
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => carry(() => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#inTime(this.#redis.ping());
      this.#away = false;
    } catch {
      this.#away = true;
    } finally {
      this.#asking = false;
    }
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const end = (): void => {
        this.#away = true;
        reject(unavailable());
      };
      // A process that was busy itself reads what has arrived meanwhile before it calls Redis late.
      timer = setTimeout(() => setImmediate(() => setTimeout(end, 0)), answerWithinMs);
    });
    answer.catch(() => undefined);
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}

function unavailable(): InfrastructureError {
  return new InfrastructureError('Redis is away', 'unknown');
}
