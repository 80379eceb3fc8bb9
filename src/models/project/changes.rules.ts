/** What differs between two submissions of an application: field by field, old and new, and the files added and removed. */
import type { DocumentRef, ProjectContent } from '#kernel/records/project.ts';
import type { MessageKey } from '../../messages/keys.ts';

/** A part of an application that a reviewer can name, by its JSON pointer. */
export interface ContentField {
  readonly pointer: `/${string}`;
  readonly label: MessageKey;
}

/** Every part of an application, in the order of its form. */
export const contentFields: readonly ContentField[] = [
  { pointer: '/name', label: 'projects.name' },
  { pointer: '/townshipCode', label: 'projects.township' },
  { pointer: '/category', label: 'projects.category' },
  { pointer: '/callId', label: 'project.fund' },
  { pointer: '/unitOrgId', label: 'project.unit' },
  { pointer: '/amountFen', label: 'projects.amount' },
  { pointer: '/summary', label: 'project.summary' },
  { pointer: '/budget', label: 'tab.budget' },
  { pointer: '/milestones', label: 'application.milestones' },
  { pointer: '/documents', label: 'tab.files' },
];

/** How a value is written on screen. */
export type ChangeKind = 'text' | 'fen' | 'category' | 'org';

/** One value that differs; null where there was none, or is none any more. */
export interface FieldChange {
  readonly pointer: ContentField['pointer'];
  readonly label: MessageKey;
  /** Of a row, which one: the item of the budget, the milestone; '' for a single field. */
  readonly part: string;
  readonly kind: ChangeKind;
  readonly from: string | null;
  readonly to: string | null;
}

/** All that differs between two contents. */
export interface ContentChanges {
  readonly fields: readonly FieldChange[];
  readonly added: readonly DocumentRef[];
  readonly removed: readonly DocumentRef[];
  /** Pointers of the parts in which something differs. */
  readonly pointers: ReadonlySet<string>;
}

/** A value of a content by the name under which two contents are compared. */
interface Cell {
  readonly pointer: ContentField['pointer'];
  readonly part: string;
  readonly kind: ChangeKind;
  readonly value: string;
}

/** Compares two submissions; rows of the budget by item, milestones by number, files by hash. */
export function contentChanges(before: ProjectContent, now: ProjectContent): ContentChanges {
  const [old, fresh] = [cellsOf(before), cellsOf(now)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  const fields = keys.flatMap((key): FieldChange[] => {
    const [from, to] = [old.get(key), fresh.get(key)];
    const cell = to ?? from;
    if (cell === undefined || from?.value === to?.value) return [];
    const { pointer, part, kind } = cell;
    return [
      { pointer, part, kind, label: labelOf(pointer), from: from?.value ?? null, to: to?.value ?? null },
    ];
  });
  const added = without(now.documents, before.documents);
  const removed = without(before.documents, now.documents);
  const files = added.length + removed.length > 0 ? ['/documents'] : [];
  const order = contentFields.map((one) => one.pointer);
  return {
    fields: fields.toSorted((a, b) => order.indexOf(a.pointer) - order.indexOf(b.pointer)),
    added,
    removed,
    pointers: new Set([...fields.map((one) => one.pointer), ...files]),
  };
}

/** The parts that a list of JSON pointers names, a pointer below a part counting for the part. */
export function namedFields(pointers: readonly string[]): ContentField[] {
  return contentFields.filter(({ pointer }) =>
    pointers.some((one) => one === pointer || one.startsWith(`${pointer}/`)),
  );
}

function labelOf(pointer: string): MessageKey {
  return contentFields.find((one) => one.pointer === pointer)?.label ?? 'projects.name';
}

function without(list: readonly DocumentRef[], others: readonly DocumentRef[]): DocumentRef[] {
  return list.filter(
    (one) => !others.some((other) => other.sha256 === one.sha256 && other.name === one.name),
  );
}

function cellsOf(content: ProjectContent): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const put = (cell: Cell, name = cell.part): void => {
    // Two rows may carry one item; each keeps its own place among them.
    let key = `${cell.pointer} ${name}`;
    while (cells.has(key)) key += ' +';
    cells.set(key, cell);
  };
  const single = (pointer: Cell['pointer'], value: string, kind: ChangeKind = 'text'): void =>
    put({ pointer, part: '', kind, value });
  single('/name', content.name);
  single('/townshipCode', content.townshipCode);
  single('/category', content.category, 'category');
  single('/callId', `${content.fundId} · ${content.callId}`);
  single('/unitOrgId', content.unitOrgId, 'org');
  single('/amountFen', content.amountFen, 'fen');
  single('/summary', content.summary);
  for (const { item, amountFen } of content.budget)
    put({ pointer: '/budget', part: item, kind: 'fen', value: amountFen });
  for (const { no, name, plannedDate, amountFen } of content.milestones) {
    const row = { pointer: '/milestones', part: `M${no}` } as const;
    put({ ...row, kind: 'text', value: name }, `M${no} name`);
    put({ ...row, kind: 'text', value: plannedDate }, `M${no} date`);
    put({ ...row, kind: 'fen', value: amountFen }, `M${no} amount`);
  }
  return cells;
}
