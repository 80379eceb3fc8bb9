/** What every page must pass in a real browser: status, console, accessibility, width and keyboard. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page, Response } from 'playwright-core';

/** A desk screen and a telephone, in CSS pixels. */
const [desk, telephone] = [1366, 390];
const height = 844;
const furthestButton = 90;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/** The few things of a document that the checks read inside the browser. */
interface Screen {
  readonly innerWidth: number;
  readonly document: {
    readonly documentElement: { readonly scrollWidth: number };
    readonly activeElement: { readonly className: string; readonly id: string } | null;
  };
}

/** Opens pages of one person and keeps what is wrong with them. */
export interface PageCheck {
  /** Opens a page, expects the status, and runs every check. @returns what is wrong, one line each */
  visit(path: string, status?: number): Promise<string[]>;
  /** Runs every check on the page as it stands. */
  inspect(): Promise<string[]>;
}

/** Watches a page from now on. */
export function checkOf(page: Page): PageCheck {
  const told: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') told.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => told.push(`script: ${error.message}`));
  // The frame around the content is the same on every page of a person: on the desk screen one page shows it.
  let frameSeen = false;
  const inspect = async (): Promise<string[]> => {
    await page.setViewportSize({ width: desk, height });
    const found = [...(await faultsOfWidth(page)), ...(frameSeen ? [] : await faultsOfMarkup(page))];
    frameSeen = true;
    await page.setViewportSize({ width: telephone, height });
    found.push(
      ...(await faultsOfWidth(page)),
      ...(await faultsOfMarkup(page)),
      ...(await faultsOfKeyboard(page)),
    );
    return [...told.splice(0), ...found];
  };
  return {
    inspect,
    visit: async (path, status = 200) => {
      told.length = 0;
      const response: Response | null = await page.goto(path);
      const got = response?.status() ?? 0;
      // The browser itself reports a page that is answered with an error.
      if (status >= 400) told.splice(0, told.length, ...told.filter((one) => !one.includes(String(status))));
      const found = got === status ? [] : [`status ${got}`];
      return [...found, ...(await inspect())].map((one) => `${path}: ${one}`);
    },
  };
}

async function faultsOfMarkup(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'], runOnly: tags })
    .setLegacyMode()
    .analyze();
  return violations.flatMap((one) =>
    one.nodes
      .slice(0, 3)
      .map(
        (node) =>
          `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n').at(1)?.trim() ?? ''}`,
      ),
  );
}

/** Looks at the page as it stands on both screens, without asking its markup: what a page without scripts can be asked. */
export async function fitsBothScreens(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of [desk, telephone]) {
    await page.setViewportSize({ width, height });
    found.push(...(await faultsOfWidth(page)));
  }
  return found;
}

/** Wide tables scroll inside their own frame; the page never does. */
async function faultsOfWidth(page: Page): Promise<string[]> {
  const [content, screen] = await page.evaluate(() => {
    const { document, innerWidth } = globalThis as unknown as Screen;
    return [document.documentElement.scrollWidth, innerWidth] as const;
  });
  return content > screen ? [`${content} px wide on a screen of ${screen}`] : [];
}

/** From the first stop, which leads past the menu, Tab comes to every main button. */
async function faultsOfKeyboard(page: Page): Promise<string[]> {
  const buttons = await page.locator('main .btn-primary:visible').count();
  // A form that came back starts at what is wrong with it, an address with a part at that part.
  if ((await page.locator('#problems:focus').count()) === 0 && new URL(page.url()).hash === '') {
    await page.locator('body').press('Tab');
    if ((await page.locator('a.skip:focus').count()) === 0) return ['the first stop is not the skip link'];
    await page.keyboard.press('Enter');
    if ((await page.locator('main:focus').count()) === 0)
      return ['the skip link does not lead to the content'];
  }
  const reached = new Set<string>();
  for (let stops = 0; stops < furthestButton && reached.size < buttons; stops += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator('main .btn-primary:focus');
    if ((await focused.count()) > 0) reached.add(await focused.evaluate(offsetOf));
  }
  return reached.size < buttons ? [`Tab reaches ${reached.size} of ${buttons} main buttons`] : [];
}

/** Where an element lies on the page, which tells it from the others. */
function offsetOf(element: unknown): string {
  const box = (element as { getBoundingClientRect(): { x: number; y: number } }).getBoundingClientRect();
  return `${box.x}:${box.y + (globalThis as unknown as { scrollY: number }).scrollY}`;
}
