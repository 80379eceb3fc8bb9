/** Builds HTML from templates in which every inserted text is escaped. */

/** HTML that may be inserted as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may insert: text is escaped, lists are joined, absent values leave nothing. */
export type Insert = string | number | bigint | Html | readonly Html[] | undefined;

/** Template tag: `html` with inserts escaped. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(parts.map((part, index) => part + render(inserts[index])).join(''));
}

/** @returns the attribute when the condition holds */
export function when(condition: boolean, attribute: string): Html | undefined {
  return condition ? new Html(attribute) : undefined;
}

function render(insert: Insert): string {
  if (insert === undefined) return '';
  if (insert instanceof Html) return insert.text;
  if (typeof insert === 'object') return insert.map((one) => one.text).join('');
  return escape(String(insert));
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? mark);
}
