/** Follows the links of the platform's pages as one person, a few of each kind. */
import type { Browser } from './form-browser.ts';

/** A page that was opened. */
export interface Visited {
  readonly path: string;
  readonly status: number;
}

/** Opens pages from `/` on; of pages that differ only in ids or values, `each`. */
export async function crawl(browser: Browser, { each }: { each: number }): Promise<Visited[]> {
  const visited: Visited[] = [];
  const kinds = new Map<string, number>();
  const open = ['/'];
  const known = new Set(open);
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const response = await browser.get(path);
    visited.push({ path, status: response.status });
    for (const link of linksOf(response.text)) {
      const kind = kindOf(link);
      if (known.has(link) || (kinds.get(kind) ?? 0) >= each) continue;
      known.add(link);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      open.push(link);
    }
  }
  return visited;
}

function linksOf(html: string): string[] {
  const links = [...html.matchAll(/<a\b[^>]*\bhref="(\/[^"#]*)/g)].map(([, href]) => href ?? '');
  return links.map((href) => href.replaceAll('&amp;', '&')).filter((href) => !href.startsWith('//'));
}

/** The path without what tells one object from another; of the query the names only. */
function kindOf(link: string): string {
  const { pathname, searchParams } = new URL(link, 'http://platform');
  const path = pathname.replace(/\/[^/]*[\d~%][^/]*/g, '/*');
  return `${path}?${[...new Set(searchParams.keys())].sort().join('&')}`;
}
