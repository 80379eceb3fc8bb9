/** find's projection for the reference: inclusion or exclusion by paths, through arrays. */

import { isFields } from './reference-order.ts';
import type { Fields } from './reference-order.ts';

interface Tree {
  [name: string]: Tree | true;
}

/** The document as a projection shows it, fields in the order of the document. */
export function project(doc: Fields, projection: Readonly<Record<string, 0 | 1>>): Fields {
  const { _id: showId = 1, ...rest } = projection;
  const includes = Object.keys(rest).length > 0 ? Object.values(rest)[0] === 1 : projection['_id'] === 1;
  const tree: Tree = {};
  for (const path of Object.keys(rest)) plant(tree, path.split('.'));
  if (includes === (showId === 1)) tree['_id'] = true;
  return showFields(doc, tree, includes);
}

function plant(tree: Tree, [name, ...rest]: readonly string[]): void {
  if (rest.length === 0) tree[name!] = true;
  else plant((tree[name!] ??= {}) as Tree, rest);
}

function showFields(fields: Fields, tree: Tree, includes: boolean): Fields {
  const shown: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    const branch = tree[name];
    if (branch === undefined) {
      if (!includes) shown[name] = value;
    } else if (branch === true) {
      if (includes) shown[name] = value;
    } else if (isFields(value) || Array.isArray(value)) {
      shown[name] = showInside(value, branch, includes);
    } else if (!includes) {
      shown[name] = value;
    }
  }
  return shown;
}

function showInside(value: Fields | unknown[], tree: Tree, includes: boolean): unknown {
  if (!Array.isArray(value)) return showFields(value, tree, includes);
  return value
    .filter((item) => !includes || isFields(item) || Array.isArray(item))
    .map((item) => (isFields(item) || Array.isArray(item) ? showInside(item, tree, includes) : item));
}
