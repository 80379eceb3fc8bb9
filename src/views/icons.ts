/** Outline icons of @tabler/icons, read once and put into the page as they are. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(createRequire(import.meta.url).resolve('@tabler/icons/outline/home.svg'));
const kept = new Map<string, string>();

/** The SVG of an icon, hidden from screen readers: a word always stands beside it. */
export function icon(name: string): string {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const svg = readFileSync(join(folder, `${name}.svg`), 'utf8')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace('<svg', '<svg aria-hidden="true"')
    .replace(/class="[^"]*"/, 'class="icon"')
    .trim();
  kept.set(name, svg);
  return svg;
}
