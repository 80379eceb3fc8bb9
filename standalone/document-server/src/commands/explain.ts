// Owns the explain command: which plan a command would take.
import { headOf } from '../aggregation/pipeline.ts';
import { MongoError } from '../errors.ts';
import type { ReadJob } from '../planner/jobs.ts';
import { toInteger } from '../values/numbers.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import type { Command, Context } from './context.ts';
import { answerOf, jobFor } from './read-job.ts';

/** The explanation that a job of `explain` gives. */
export async function explainJob(context: Context, job: ReadJob): Promise<Doc> {
  return answerOf(await context.reads.run(job));
}

const explain: Command = (call, context) => {
  call.allow('verbosity');
  const inner = call.doc('explain');
  const [name = ''] = inner.keys();
  if (!explainable.has(name)) throw new MongoError(59, `Explain failed due to unknown command: ${name}`);
  const collection = inner.get(name);
  if (typeof collection !== 'string') throw new MongoError(73, 'explain needs a command with a collection');
  const ns = { db: call.db, name: collection };
  const query = explainedQuery(name, inner);
  const verbosity: Value = call.body.get('verbosity') ?? 'allPlansExecution';
  const job: ReadJob = {
    ...jobFor('explain', call, ns),
    query: new Map(query).set('verbosity', verbosity),
    skip: toInteger(inner.get('skip')) ?? 0,
    limit: Math.abs(toInteger(inner.get('limit')) ?? 0),
    heavy: verbosity !== 'queryPlanner',
  };
  return explainJob(context, job);
};

const explainable = new Set([
  'find',
  'count',
  'distinct',
  'findAndModify',
  'findandmodify',
  'aggregate',
  'update',
  'delete',
]);

/** The part of a pipeline that the planner answers, as a query. */
export function aggregateHead(command: Doc): Doc {
  const pipeline = command.get('pipeline');
  const { filter, sort } = headOf(Array.isArray(pipeline) ? pipeline : []);
  const query: Doc = new Map<string, Value>([['filter', filter]]);
  for (const [name, value] of [
    ['sort', sort],
    ['hint', command.get('hint')],
  ] as const)
    if (value !== undefined) query.set(name, value);
  return query;
}

/** The find-like fields of an explained command. */
function explainedQuery(name: string, inner: Doc): Doc {
  if (name === 'aggregate') return aggregateHead(inner);
  if (name !== 'update' && name !== 'delete') return inner;
  const list = inner.get(name === 'update' ? 'updates' : 'deletes');
  const statement = Array.isArray(list) ? list[0] : undefined;
  const filter = isDoc(statement) ? statement.get('q') : undefined;
  return new Map<string, Value>([['filter', filter ?? new Map<string, Value>()]]);
}

/** The commands of this file. */
export const explainCommands: Readonly<Record<string, Command>> = { explain };
