// Owns the explain output: which plan a query takes, and what it examined.
import { MongoError } from '../errors.ts';
import { parseFilter } from '../matcher/parse.ts';
import type { Catalog, Collection } from '../storage/catalog.ts';
import { int } from '../values/readers.ts';
import { doc, isDoc, type Doc, type Value } from '../values/types.ts';
import type { ReadJob } from './jobs.ts';
import { distinctIndex } from './distinct.ts';
import { rowsOf } from './execute.ts';
import type { Plan } from './plan.ts';
import { planFor, type Reading } from './queries.ts';
import { parseSort } from './sort.ts';

const verbosities: readonly Value[] = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/** The answer of explain for a find-like query: filter, sort, skip, limit, projection and hint. */
export function explain(reading: Reading, catalog: Catalog, job: ReadJob): Doc {
  const { query } = job;
  const filterDoc = query.get('filter') ?? query.get('query');
  const filter = isDoc(filterDoc) ? filterDoc : new Map<string, Value>();
  const sort = parseSort(query.get('sort'));
  const collection = catalog.get(`${job.db}.${job.name}`);
  const namespace = `${job.db}.${job.name}`;
  const server = doc(['host', 'localhost'], ['version', '7.0.0']);
  if (collection === undefined) {
    const winningPlan = doc(['stage', 'EOF']);
    return doc(
      ['queryPlanner', doc(['namespace', namespace], ['winningPlan', winningPlan])],
      ['serverInfo', server],
      ['ok', 1],
    );
  }
  const plan = planFor(reading, collection, { filter: parseFilter(filter), sort, hint: query.get('hint') });
  const winningPlan = distinctStage(query, collection, filter) ?? stagesOf(plan, job);
  const verbosity = query.get('verbosity') ?? 'allPlansExecution';
  if (!verbosities.includes(verbosity))
    throw new MongoError(
      9,
      'verbosity string must be one of queryPlanner, executionStats, allPlansExecution',
    );
  const planner = doc(
    ['namespace', namespace],
    ['parsedQuery', filter],
    ['winningPlan', winningPlan],
    ['rejectedPlans', []],
  );
  const stats = verbosity === 'queryPlanner' ? undefined : execution();
  return doc(['queryPlanner', planner], ['executionStats', stats], ['serverInfo', server], ['ok', 1]);

  function execution(): Doc {
    const started = Date.now();
    const end = job.limit === 0 || !plan.sorted ? Infinity : job.skip + job.limit;
    let found = 0;
    if (collection !== undefined)
      for (const row of rowsOf(plan, { ...reading, collection })) if (row.row >= 0 && ++found >= end) break;
    const most = job.limit === 0 ? Infinity : job.limit;
    return doc(
      ['executionSuccess', true],
      ['nReturned', int(Math.min(Math.max(0, found - job.skip), most))],
      ['executionTimeMillis', int(Date.now() - started)],
      ['totalKeysExamined', int(reading.budget.keys)],
      ['totalDocsExamined', int(reading.budget.docs)],
      ['executionStages', winningPlan],
    );
  }
}

function distinctStage(query: Doc, collection: Collection, filter: Doc): Doc | undefined {
  const key = query.has('distinct') ? query.get('key') : undefined;
  const index = typeof key === 'string' ? distinctIndex(collection, key, filter) : undefined;
  if (index === undefined) return undefined;
  return doc(['stage', 'DISTINCT_SCAN'], ['keyPattern', index.key], ['indexName', index.name]);
}

function stagesOf(plan: Plan, job: ReadJob): Doc {
  let stage = accessStage(plan);
  const sort = job.query.get('sort');
  if (!plan.sorted) stage = doc(['stage', 'SORT'], ['sortPattern', sort], ['inputStage', stage]);
  if (job.skip > 0) stage = doc(['stage', 'SKIP'], ['skipAmount', int(job.skip)], ['inputStage', stage]);
  if (job.limit > 0) stage = doc(['stage', 'LIMIT'], ['limitAmount', int(job.limit)], ['inputStage', stage]);
  const projection = job.query.get('projection');
  if (isDoc(projection) && projection.size > 0)
    stage = doc(['stage', 'PROJECTION_DEFAULT'], ['transformBy', projection], ['inputStage', stage]);
  return stage;
}

function accessStage(plan: Plan): Doc {
  const { access } = plan;
  if (access.kind === 'scan')
    return doc(['stage', 'COLLSCAN'], ['direction', access.reverse ? 'backward' : 'forward']);
  if (access.kind === 'or') {
    const branches = access.branches.map(accessStage);
    return doc(['stage', 'SUBPLAN'], ['inputStage', doc(['stage', 'OR'], ['inputStages', branches])]);
  }
  const { index } = access.bounds;
  const scan = doc(
    ['stage', 'IXSCAN'],
    ['keyPattern', index.key],
    ['indexName', index.name],
    ['isMultiKey', index.multikey.includes(true)],
    ['isUnique', index.unique],
    ['isSparse', index.sparse],
    ['isPartial', index.partial !== undefined],
    ['direction', access.reverse ? 'backward' : 'forward'],
    ['boundedFields', int(access.bounds.spans.length)],
    ['intervals', int(access.bounds.groups.length)],
  );
  const merged = access.merge ? doc(['stage', 'SORT_MERGE'], ['inputStage', scan]) : scan;
  return doc(['stage', 'FETCH'], ['inputStage', merged]);
}
