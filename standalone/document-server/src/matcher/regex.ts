// Owns turning MongoDB's regular expressions (PCRE) into JavaScript ones with the same meaning, or refusing them.
import { MongoError } from '../errors.ts';
import { bsonType, Scalar, type Value } from '../values/types.ts';

/** A compiled pattern with what the planner needs of it. */
export interface Pattern {
  readonly source: string;
  readonly flags: string;
  readonly test: (text: string) => boolean;
  /** Literal text that every match begins with; empty when there is none. */
  readonly prefix: string;
  /** True when matching may take very long: a repeated group. Such a pattern runs only where a watchdog can end it. */
  readonly risky: boolean;
  /** True when the pattern is its prefix and nothing more. */
  readonly prefixOnly: boolean;
}

const asciiSpace = ' \\t\\n\\v\\f\\r';
const cache = new Map<string, Pattern>();

/** The pattern in a BSON regular expression, or undefined when the value is none. */
export function patternOf(value: Value | undefined): Pattern | undefined {
  if (!(value instanceof Scalar) || value.type !== bsonType.regex) return undefined;
  const end = value.bytes.indexOf(0);
  return compilePattern(
    value.bytes.utf8Slice(0, end),
    value.bytes.utf8Slice(end + 1, value.bytes.length - 1),
  );
}

/**
 * Compiles a pattern.
 * @throws MongoError 51091 when it is invalid or uses what has another meaning in JavaScript.
 */
export function compilePattern(source: string, flags: string): Pattern {
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (/[^imsxu]/.test(flags)) throw new MongoError(51108, `invalid flag in regex options: ${flags}`);
  const regex = build(translate(source, flags), flags.includes('i') ? 'i' : '');
  const prefix = literalPrefix(source, flags);
  const made = {
    source,
    flags,
    test: (text: string): boolean => regex.test(text),
    prefix,
    risky: /[*+?}].*\)[*+{]|\|.*\)[*+{]/s.test(source),
    prefixOnly: prefix !== '' && source === `^${prefix}`,
  };
  if (cache.size > 500) cache.clear();
  cache.set(key, made);
  return made;
}

function invalid(why: string): MongoError {
  return new MongoError(51091, `Regular expression is invalid: ${why}`);
}

function build(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    throw invalid('it does not compile, or it uses syntax that this server does not know');
  }
}

function translate(source: string, flags: string): string {
  let out = '';
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const token = source[at] === '\\' ? source.slice(at, at + 2) : (source[at] ?? '');
    const skipped = inClass || !flags.includes('x') ? 0 : blankAt(source, at);
    if (skipped > 0) {
      at += skipped - 1;
      continue;
    }
    refuseUnknown(source, at, inClass);
    if (inClass) {
      out += classToken(token);
      inClass = token !== ']';
    } else {
      out += plainToken(token, flags);
      inClass = token === '[';
      if (inClass && /^\^?\]/.test(source.slice(at + 1))) throw invalid('a class begins with ]');
    }
    at += token.length - 1;
  }
  return out;
}

/** Length of white space or a comment, which option x leaves out; 0 when there is none. */
function blankAt(source: string, at: number): number {
  return /^(?:[ \t\n\v\f\r]|#[^\n]*)/.exec(source.slice(at))?.[0].length ?? 0;
}

function refuseUnknown(source: string, at: number, inClass: boolean): void {
  const rest = source.slice(at, at + 4);
  if (/^\\[AZzhHRKQEGXCNUuLlaepPgk0-9ov]/.test(rest)) throw invalid(`${rest.slice(0, 2)} is not supported`);
  if (inClass ? /^\[[:.=]/.test(rest) : /^\(\?(?!:|=|!|<=|<!)|^\(\*|^[*+?}][+]/.test(rest))
    throw invalid(`'${rest}' is not supported`);
}

const plainTokens: Readonly<Record<string, string>> = {
  '\\s': `[${asciiSpace}]`,
  '\\S': `[^${asciiSpace}]`,
  '{': '{',
};

function plainToken(token: string, flags: string): string {
  if (token === '.') return flags.includes('s') ? '[^]' : '[^\\n]';
  if (token === '^') return flags.includes('m') ? '(?<![^\\n])' : '^';
  if (token === '$') return flags.includes('m') ? '(?![^\\n])' : '(?=\\n?$)';
  return plainTokens[token] ?? escaped(token);
}

function classToken(token: string): string {
  if (token === '\\s') return asciiSpace;
  if (token === '\\S') throw invalid('\\S inside a class is not supported');
  return token === '[' ? '\\[' : escaped(token);
}

/** An escaped ordinary character is itself; JavaScript's unicode mode only allows some to be escaped. */
function escaped(token: string): string {
  if (token.length < 2 || /^\\[\^$\\.*+?()[\]{}|/dDwWbBtnrfxc-]$/.test(token))
    return token === '\\-' ? '\\x2d' : token;
  if (/^\\[A-Za-z]$/.test(token)) throw invalid(`${token} is not supported`);
  return token.slice(1);
}

function literalPrefix(source: string, flags: string): string {
  if (flags !== '' || !source.startsWith('^') || source.includes('|')) return '';
  const match = /^\^((?:[^\\.*+?()[\]{}|^$]|\\[^A-Za-z0-9])*)/.exec(source);
  const raw = match?.[1] ?? '';
  const next = source[1 + raw.length] ?? '';
  const kept =
    '*?{'.includes(next) && next !== ''
      ? raw.replace(/(?:\\.|[\ud800-\udbff][\udc00-\udfff]|.)$/su, '')
      : raw;
  return kept.replace(/\\(.)/gsu, '$1');
}
