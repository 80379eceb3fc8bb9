/** Runs the checks of the read model beside the platform, keeps what they found, and raises one alert while it differs (E01). */
import type { Connection } from 'mongoose';
import type { Ledger } from '../../blockchain/ledger.port.ts';
import type { SystemCause } from '../system-alert/system-alert.service.ts';
import type { ReadModelDifference } from './check-report.ts';
import { CheckRunModel, type CheckRun, type KeptDifference } from './check-run.schema.ts';
import { checkSlice, firstPosition } from './check-slices.ts';
import { checkReadModel } from './check.ts';

/** What checking needs from outside. */
export interface CheckServiceDeps {
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly now: () => Date;
  /** Raises a system alert, once per cause. */
  readonly alert: (cause: SystemCause) => Promise<unknown>;
}

/** In short what a run found, for the list of jobs. */
export interface CheckSummary {
  readonly blocks: number;
  readonly documents: number;
  readonly differences: number;
}

const keptDifferences = 20;

/** Checks the read model against the blocks. */
export class ReadModelCheckService {
  readonly #deps: CheckServiceDeps;

  constructor(deps: CheckServiceDeps) {
    this.#deps = deps;
  }

  /** Looks at the next slice and notes where the one after it begins; a slice that is cut short is looked at again. */
  async slice(): Promise<CheckSummary> {
    const began = this.#deps.now();
    const last = await CheckRunModel.findById('slices').lean<CheckRun>();
    const from = last?.position ?? firstPosition;
    const report = await checkSlice(this.#deps, from);
    const goesOn = last !== null && from.block > 0;
    await this.#keep('slices', began, {
      ...report,
      blocks: report.blocks + (goesOn ? last.blocks : 0),
      documents: report.documents + (goesOn ? last.documents : 0),
      position: report.next,
    });
    const { blocks, documents, differences } = report;
    return { blocks, documents, differences: differences.length };
  }

  /** Derives everything again and compares everything, as `npm run check` does. */
  async whole(): Promise<CheckSummary> {
    const began = this.#deps.now();
    const { height, documents, differences } = await checkReadModel(this.#deps);
    await this.#keep('whole', began, { blocks: height, documents, differences, position: null });
    return { blocks: height, documents, differences: differences.length };
  }

  /** The newest run of each kind. */
  async last(): Promise<CheckRun[]> {
    return CheckRunModel.find().sort({ _id: -1 }).lean<CheckRun[]>();
  }

  async #keep(
    _id: CheckRun['_id'],
    began: Date,
    found: Pick<CheckRun, 'blocks' | 'documents' | 'position'> & {
      readonly differences: readonly ReadModelDifference[];
    },
  ): Promise<void> {
    const { channel } = this.#deps.ledger;
    const differences = found.differences.map(kept);
    if (differences.length > 0)
      await this.#deps.alert({ rule: 'E01', level: 'red', subject: channel, text: sentence(differences) });
    const at = this.#deps.now();
    await CheckRunModel.replaceOne(
      { _id },
      {
        ...found,
        _id,
        at,
        seconds: Math.round((at.getTime() - began.getTime()) / 100) / 10,
        count: differences.length,
        differences: differences.slice(0, keptDifferences),
      },
      { upsert: true },
    );
  }
}

/** Field paths alone: the values may be amounts and names. */
function kept(difference: ReadModelDifference): KeptDifference {
  const { kind } = difference;
  if (kind === 'stale' || kind === 'foreign')
    return { kind, model: '', id: `${difference.shown} / ${difference.ledger}`, paths: [] };
  const paths = kind === 'altered' ? difference.fields.map((field) => field.path) : [];
  return { kind, model: difference.model, id: difference.id, paths };
}

function sentence(differences: readonly KeptDifference[]): string {
  const shown = differences
    .slice(0, 3)
    .map(({ kind, model, id, paths }) => `${kind} ${model} ${id} ${paths.join(', ')}`.trim());
  return shown.join('; ').slice(0, 500);
}
