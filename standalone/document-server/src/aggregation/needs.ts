// Owns finding out which top-level fields a pipeline reads, so that the rest of a document stays undecoded.
import { isDoc, type Value } from '../values/types.ts';

/** Stages after which nothing of the source document is left but what they computed. */
const closing = new Set(['$group', '$count']);
/** Stages that pass documents on and read no field. */
const passing = new Set(['$skip', '$limit']);

const noStage: [string, Value] = ['', null];

/** Top-level fields that these stages read, or undefined when they may need all. */
export function neededFields(stages: readonly Value[]): Set<string> | undefined {
  const fields = new Set<string>();
  for (const stage of stages) {
    const [name, argument] = isDoc(stage) ? ([...stage][0] ?? noStage) : noStage;
    if (passing.has(name)) continue;
    if (name === '$sort' && isDoc(argument)) for (const path of argument.keys()) fields.add(topOf(path));
    else if (closing.has(name)) return gather(argument, fields) ? fields : undefined;
    else return undefined;
  }
  return undefined;
}

function topOf(path: string): string {
  return path.split('.')[0] ?? '';
}

/** Adds the field paths in an expression; false when it uses a variable, such as the whole document. */
function gather(value: Value, into: Set<string>): boolean {
  if (typeof value === 'string' && value.startsWith('$$')) return value === '$$NOW';
  if (typeof value === 'string') {
    if (value.startsWith('$')) into.add(topOf(value.slice(1)));
    return true;
  }
  if (Array.isArray(value)) return value.every((part) => gather(part, into));
  return isDoc(value) ? [...value.values()].every((part) => gather(part, into)) : true;
}
