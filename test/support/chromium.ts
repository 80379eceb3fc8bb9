/** A headless Chromium against the application of a test file, and people signed in to it. */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { demoPassword } from '../../src/commands/demo/people.ts';
import type { TestWeb } from './web.ts';

/** The browser of a test file. */
export interface TestBrowser {
  readonly address: string;
  /** A page of a person who has signed in; his own context, so that several are signed in at once. */
  as(userId: string, options?: { readonly javaScript?: boolean; readonly width?: number }): Promise<Page>;
  /** A page of nobody in particular. */
  anonymous(): Promise<Page>;
  close(): Promise<void>;
}

const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Listens on a free port and starts the browser. */
export async function openBrowser(web: TestWeb): Promise<TestBrowser> {
  const server: Server = web.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://localhost:${(server.address() as AddressInfo).port}`;
  const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  const contexts: BrowserContext[] = [];
  const open = async ({ javaScript = true, width = 1366 } = {}): Promise<Page> => {
    const context = await browser.newContext({
      javaScriptEnabled: javaScript,
      viewport: { width, height: 844 },
      baseURL: address,
    });
    context.setDefaultTimeout(45_000);
    contexts.push(context);
    return context.newPage();
  };
  return {
    address,
    anonymous: async () => open(),
    as: async (userId, options) => {
      const page = await open(options);
      await page.goto('/sign-in');
      await page.fill('[name=username]', userId);
      await page.fill('[name=password]', demoPassword);
      await page.click('form[action="/sign-in"] button');
      return page;
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
