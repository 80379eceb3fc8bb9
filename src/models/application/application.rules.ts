/** Reads an application's form: rows from the posted fields, the content when it is right, sentences when it is not. */
import { z } from 'zod';
import { formatFen, parseYuan, sumFen, type Fen } from '#kernel/fen.ts';
import { projectContent, type DocumentRef, type ProjectContent } from '#kernel/records/project.ts';
import { t, type MessageKey } from '../../messages/index.ts';
import type { ApplicationForm } from './application.schema.ts';

/** The posted fields of one save; repeated fields are the rows. */
type Posted = Readonly<Record<string, unknown>>;

const text = (value: unknown, max = 200): string =>
  typeof value === 'string' ? value.trim().slice(0, max) : '';
const rows = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((one) => text(one));

/** The form as typed. */
export function readForm(posted: Posted): ApplicationForm {
  const [items, amounts] = [rows(posted.budgetItem), rows(posted.budgetAmount)];
  const [names, dates, parts] = [
    rows(posted.milestoneName),
    rows(posted.milestoneDate),
    rows(posted.milestoneAmount),
  ];
  return {
    name: text(posted.name, 100),
    townshipCode: text(posted.townshipCode, 9),
    category: text(posted.category, 20),
    summary: text(posted.summary, 2000),
    call: text(posted.call, 130),
    amount: text(posted.amount, 30),
    unitOrgId: text(posted.unitOrgId, 64),
    budget: items.map((item, at) => ({ item, amount: amounts[at] ?? '' })),
    milestones: names.map((name, at) => ({ name, date: dates[at] ?? '', amount: parts[at] ?? '' })),
  };
}

/** What a button does to the rows: add or remove one. */
export function withRows(form: ApplicationForm, button: string): ApplicationForm {
  const [action, at] = button.split(':');
  const others = <T>(list: readonly T[]): T[] => list.filter((_, index) => index !== Number(at));
  switch (action) {
    case 'add-budget':
      return { ...form, budget: [...form.budget, { item: '', amount: '' }] };
    case 'add-milestone':
      return { ...form, milestones: [...form.milestones, { name: '', date: '', amount: '' }] };
    case 'remove-budget':
      return { ...form, budget: others(form.budget) };
    case 'remove-milestone':
      return { ...form, milestones: others(form.milestones) };
    default:
      return form;
  }
}

/** Fen of a typed amount; null when it is not one. */
export function fenOf(amount: string): Fen | null {
  try {
    const fen = parseYuan(amount);
    return fen > 0n ? fen : null;
  } catch {
    return null;
  }
}

/** Sums of what is right so far, fen. */
export function sumsOf(form: ApplicationForm): { budget: Fen; milestones: Fen; amount: Fen } {
  const sum = (list: readonly { amount: string }[]): Fen =>
    sumFen(list.flatMap((one) => fenOf(one.amount) ?? []));
  return { budget: sum(form.budget), milestones: sum(form.milestones), amount: sum([form]) };
}

/** The content to submit, or sentences per field. */
export function contentOf(
  form: ApplicationForm,
  documents: readonly DocumentRef[],
): { content: ProjectContent } | { errors: Record<string, string> } {
  const errors = faultsOf(form);
  if (Object.keys(errors).length > 0) return { errors };
  const [fundId = '', callId = ''] = form.call.split('~');
  const fen = (amount: string): string => formatFen(fenOf(amount) ?? sumFen([]));
  const content = projectContent.safeParse({
    name: form.name,
    townshipCode: form.townshipCode,
    category: form.category,
    summary: form.summary,
    fundId,
    callId,
    amountFen: fen(form.amount),
    unitOrgId: form.unitOrgId,
    budget: form.budget.map((one) => ({ item: one.item, amountFen: fen(one.amount) })),
    milestones: form.milestones.map((one, at) => ({
      no: at + 1,
      name: one.name,
      plannedDate: one.date,
      amountFen: fen(one.amount),
    })),
    documents: [...documents],
  });
  if (content.success) return { content: content.data };
  return {
    errors: Object.fromEntries(
      content.error.issues.map((issue) => [
        String(issue.path[0] ?? 'name'),
        t('application.fault.required', { label: String(issue.path[0] ?? '') }),
      ]),
    ),
  };
}

const required: readonly [field: keyof ApplicationForm, label: MessageKey][] = [
  ['name', 'projects.name'],
  ['townshipCode', 'projects.township'],
  ['category', 'projects.category'],
  ['call', 'project.fund'],
  ['unitOrgId', 'project.unit'],
];

function faultsOf(form: ApplicationForm): Record<string, string> {
  const errors: Record<string, string> = { ...milestoneFaults(form), ...budgetFaults(form) };
  for (const [field, label] of required)
    if (form[field] === '') errors[field] = t('application.fault.required', { label: t(label) });
  if (fenOf(form.amount) === null)
    errors.amount = t('application.fault.amount', { label: t('projects.amount') });
  const sums = sumsOf(form);
  const agree = sums.budget === sums.amount && sums.milestones === sums.amount;
  if (Object.keys(errors).length === 0 && !agree) errors.amount = t('application.fault.sum');
  return errors;
}

function budgetFaults({ budget }: ApplicationForm): Record<string, string> {
  if (budget.length === 0) return { budget: t('application.fault.rows') };
  const right = budget.every((one) => one.item !== '' && fenOf(one.amount) !== null);
  return right ? {} : { budget: t('application.fault.amount', { label: t('tab.budget') }) };
}

function milestoneFaults({ milestones }: ApplicationForm): Record<string, string> {
  if (milestones.length === 0) return { milestones: t('application.fault.rows') };
  if (milestones.some((one) => one.name === '' || fenOf(one.amount) === null))
    return { milestones: t('application.fault.amount', { label: t('application.milestones') }) };
  const dated = milestones.every((one) => z.iso.date().safeParse(one.date).success);
  return dated ? {} : { milestones: t('application.fault.date') };
}
