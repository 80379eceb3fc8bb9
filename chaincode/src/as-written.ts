/** Tells cheaply whether a value already is what its schema would give back, so that only others pay for the whole parse. */
import type { z } from 'zod';

/** True when the schema accepts the value and would give it back unchanged: its keys in their order and none besides. */
export type IsAsWritten = (value: unknown) => boolean;

type Definition = z.core.$ZodTypes['_zod']['def'];
type Check = z.core.$ZodChecks['_zod']['def'];
type Shape = Readonly<Record<string, z.core.$ZodType>>;

interface Field {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isAsWritten: IsAsWritten;
}

const never: IsAsWritten = () => false;

/**
 * Compiles a schema.
 * @returns a check that is never true where `parse` would throw or change the value; for kinds it does not know, never true
 */
export function asWritten(schema: z.core.$ZodType): IsAsWritten {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  const rules = rulesOf(def);
  if (rules === null) return never;
  const isOfKind = kindOf(def);
  const [rule, ...more] = rules;
  if (rule === undefined) return isOfKind;
  if (more.length === 0) return (value) => isOfKind(value) && rule(value);
  return (value) => isOfKind(value) && rules.every((one) => one(value));
}

function kindOf(def: Definition): IsAsWritten {
  switch (def.type) {
    case 'object':
      return def.catchall === undefined ? objectOf(def.shape) : never;
    case 'array':
      return arrayOf(asWritten(def.element));
    case 'nullable':
      return nullOr(asWritten(def.innerType));
    case 'optional':
    case 'default':
      return asWritten(def.innerType);
    case 'union':
      return anyOf(def.options.map(asWritten));
    default:
      return scalarOf(def);
  }
}

function scalarOf(def: Definition): IsAsWritten {
  switch (def.type) {
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'literal':
      return oneOf(def.values);
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'string':
      return (value) => typeof value === 'string';
    case 'number':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    default:
      return never;
  }
}

/** What the schema asks besides its kind; null when one of it is unknown here. */
function rulesOf(def: Definition): IsAsWritten[] | null {
  const own: object[] = 'check' in def ? [def] : [];
  const rules: IsAsWritten[] = [];
  for (const check of [...own, ...(def.checks ?? []).map((one) => one._zod.def)]) {
    const rule = ruleOf(check as Check);
    if (rule === null) return null;
    rules.push(rule);
  }
  return rules;
}

function ruleOf(def: Check): IsAsWritten | null {
  switch (def.check) {
    case 'string_format':
      return patternOf(def);
    case 'number_format':
      return def.format === 'safeint' ? Number.isSafeInteger : null;
    case 'min_length':
      return (value) => (value as string | unknown[]).length >= def.minimum;
    case 'max_length':
      return (value) => (value as string | unknown[]).length <= def.maximum;
    case 'greater_than':
      return (value) =>
        def.inclusive ? Number(value) >= Number(def.value) : Number(value) > Number(def.value);
    case 'less_than':
      return (value) =>
        def.inclusive ? Number(value) <= Number(def.value) : Number(value) < Number(def.value);
    default:
      return null;
  }
}

function patternOf({ format, pattern }: z.core.$ZodCheckStringFormatDef): IsAsWritten | null {
  const isPlain = ['regex', 'date', 'datetime'].includes(format);
  return isPlain && pattern !== undefined && !pattern.global
    ? (value) => pattern.test(value as string)
    : null;
}

/** Walks the value's keys beside the schema's, which are the same names in the same order but for optional ones. */
function objectOf(shape: Shape): IsAsWritten {
  const fields: Field[] = Object.entries(shape).map(([name, schema]) => ({
    name,
    isOptional: (schema as z.core.$ZodTypes)._zod.def.type === 'optional',
    isAsWritten: asWritten(schema),
  }));
  return (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && follows(value, fields);
}

function follows(value: object, fields: readonly Field[]): boolean {
  let at = 0;
  for (const key in value) {
    at = pastOptional(fields, at, key);
    const field = fields[at++];
    if (field?.name !== key || !field.isAsWritten((value as Record<string, unknown>)[key])) return false;
  }
  return pastOptional(fields, at, '') === fields.length;
}

/** Where the field of this name may stand: optional ones before it are passed over. */
function pastOptional(fields: readonly Field[], from: number, name: string): number {
  let at = from;
  for (let field = fields[at]; field?.isOptional === true && field.name !== name; field = fields[at]) at++;
  return at;
}

function arrayOf(isElement: IsAsWritten): IsAsWritten {
  return (value) => Array.isArray(value) && value.every(isElement);
}

function nullOr(isInner: IsAsWritten): IsAsWritten {
  return (value) => value === null || isInner(value);
}

function anyOf(options: readonly IsAsWritten[]): IsAsWritten {
  return (value) => options.some((option) => option(value));
}

function oneOf(values: readonly unknown[]): IsAsWritten {
  const known = new Set(values);
  return (value) => known.has(value);
}
