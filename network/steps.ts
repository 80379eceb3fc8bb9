/** Runs the steps of a command: each is skipped when its effect is there, and believed only when its effect is seen. */
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../src/blockchain/channel-config/organisation-admin.ts';
import { StartError } from '../src/supervisor/start-error.ts';

/** One step of a command. */
export interface Step {
  /** A few words, such as `channel of the peers`. */
  readonly title: string;
  /** Looks for the effect; a text says what is still missing. Must not change anything. */
  readonly missing: () => Promise<string | null>;
  /** Brings the effect about; may be called again after a crash or a fault. A StartError is final. */
  readonly run: () => Promise<void>;
  /** Most time until the effect is seen, in ms. */
  readonly withinMs?: number;
}

/** What a finished step tells. */
export interface StepReport {
  readonly title: string;
  readonly seconds: number;
  /** True when the effect was there before. */
  readonly wasThere: boolean;
}

const WITHIN_MS = 30_000;
const PAUSE_MS = 50;

/**
 * Runs steps in their order.
 * @param report called after each
 * @throws StartError naming the step and the fault, or what was missing in the end
 */
export async function runSteps(steps: readonly Step[], report: (done: StepReport) => void): Promise<void> {
  for (const step of steps) {
    const began = performance.now();
    const wasThere = (await step.missing()) === null;
    if (!wasThere) {
      const deadline = began + (step.withinMs ?? WITHIN_MS);
      await attempt(step, deadline);
      await seeEffect(step, deadline);
    }
    report({ title: step.title, seconds: (performance.now() - began) / 1000, wasThere });
  }
}

/** Runs the step, again after a fault: a node's health is good some time before it takes calls. */
async function attempt(step: Step, deadline: number): Promise<void> {
  for (;;) {
    try {
      await step.run();
      return;
    } catch (error) {
      if (error instanceof StartError) throw error;
      if (performance.now() > deadline)
        throw new StartError(`The step "${step.title}" failed: ${reasonOf(error)}`, { cause: error });
      await delay(PAUSE_MS);
    }
  }
}

async function seeEffect(step: Step, deadline: number): Promise<void> {
  for (;;) {
    const missing = await step.missing();
    if (missing === null) return;
    if (performance.now() > deadline)
      throw new StartError(`The step "${step.title}" ended without its effect: ${missing}`);
    await delay(PAUSE_MS);
  }
}
