// Owns writing a value as text for messages and explain output, in the form MongoDB's shell uses.
import { decimalText } from './decimal.ts';
import { bsonType, Int, isDoc, RawDoc, Scalar, typeName, type Value } from './types.ts';

/** The value as text, such as `{ a: "x", b: 1 }`. */
export function describe(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Int) return String(value.value);
  if (isDoc(value)) {
    const parts = [...value].map(([key, part]) => `${key}: ${describe(part)}`);
    return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
  }
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(describe).join(', ')} ]`;
  return describeScalar(value);
}

function describeScalar(value: Exclude<Value, string | Int | Value[]>): string {
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Scalar) {
    if (value.type === bsonType.objectId) return `ObjectId('${value.bytes.toString('hex')}')`;
    if (value.type === bsonType.decimal) return decimalText(value);
    return `${typeName(value)}(${value.bytes.toString('hex', 0, 64)})`;
  }
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return value instanceof RawDoc || value instanceof Map ? 'document' : String(value);
}
