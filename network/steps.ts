/** Runs the steps of a command: each is skipped when its effect is there, and believed only when its effect is seen. */
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../src/supervisor/start-error.ts';

/** One step of a command. */
export interface Step {
  /** A few words, such as `channel of the peers`. */
  readonly title: string;
  /** Looks for the effect; a text says what is still missing. Must not change anything. */
  readonly missing: () => Promise<string | null>;
  /** Brings the effect about; may be called again after a crash. */
  readonly run: () => Promise<void>;
  /** Most time for the effect to be seen after `run`, in ms. */
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
 * @throws StartError naming the step and what was missing when its effect did not come about
 */
export async function runSteps(steps: readonly Step[], report: (done: StepReport) => void): Promise<void> {
  for (const step of steps) {
    const began = performance.now();
    const wasThere = (await step.missing()) === null;
    if (!wasThere) {
      await attempt(step);
      await seeEffect(step);
    }
    report({ title: step.title, seconds: (performance.now() - began) / 1000, wasThere });
  }
}

async function attempt(step: Step): Promise<void> {
  try {
    await step.run();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`The step "${step.title}" failed: ${why}`, { cause: error });
  }
}

async function seeEffect(step: Step): Promise<void> {
  const deadline = performance.now() + (step.withinMs ?? WITHIN_MS);
  for (;;) {
    const missing = await step.missing();
    if (missing === null) return;
    if (performance.now() > deadline) {
      throw new StartError(
        `The step "${step.title}" had no effect in ${(step.withinMs ?? WITHIN_MS) / 1000} s: ${missing}`,
      );
    }
    await delay(PAUSE_MS);
  }
}
