/**
 * A real installation from its first start: administrators with one-time codes, an organisation, the move to a network, and a web
 * process that dies between the endorsement and the commit of what a person has just pressed.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { generate } from 'otplib';
import { chromium, type Page } from 'playwright-core';
import { InFlightJournal } from '../../src/blockchain/fabric/in-flight.journal.ts';
import { folder, portPair, start, until, type Run } from '../../test/support/start-run.ts';
import { openAdapter } from './adapter.ts';
import { openTestNetwork } from './test-network.ts';
import { webProcess } from './web-process.ts';

const repository = resolve(import.meta.dirname, '../..');
const PASSWORD = 'Guanli-2026-zhanghu';
const STEP_MS = 30_000;

/** A person of the installation; a one-time code serves once, so that the next one is waited for. */
class Administrator {
  readonly name: string;
  #secret: string | null = null;
  #usedStep = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Signs in for the first time: a password of his own, and a code from now on. */
  async join(page: Page, oneTime: string): Promise<void> {
    await this.#fillSignIn(page, oneTime);
    await page.fill('[name=present]', oneTime);
    await page.fill('[name=next]', PASSWORD);
    await page.fill('[name=again]', PASSWORD);
    await page.click('main form button[type=submit]');
    await page.goto('/account/security');
    const secret = await page.inputValue('[name=secret]');
    await page.fill('main [name=password]', PASSWORD);
    await page.fill('main [name=code]', await generate({ secret }));
    this.#usedStep = stepNow();
    await page.click('main form button[type=submit]');
    await page.goto('/account/security');
    assert.equal(await page.locator('[name=remove]').count(), 1, 'the code is set up');
    this.#secret = secret;
  }

  async signIn(page: Page): Promise<void> {
    await this.#fillSignIn(page, PASSWORD);
  }

  /** What a command reads in place of a terminal. */
  async lines(): Promise<string> {
    return `${this.name}\n${PASSWORD}\n${await this.#code()}\n`;
  }

  async #fillSignIn(page: Page, password: string): Promise<void> {
    await page.goto('/sign-in');
    await page.fill('[name=username]', this.name);
    await page.fill('[name=password]', password);
    await page.fill('[name=code]', await this.#code());
    await page.click('form[action="/sign-in"] button');
    await page.waitForURL((url) => url.pathname !== '/sign-in');
  }

  async #code(): Promise<string> {
    if (this.#secret === null) return '';
    await new Promise((wait) => setTimeout(wait, Math.max(0, (this.#usedStep + 1) * STEP_MS - Date.now())));
    this.#usedStep = stepNow();
    return generate({ secret: this.#secret });
  }
}

const stepNow = (): number => Math.floor(Date.now() / STEP_MS);

/** Registers an organisation in the browser up to the last press. */
async function fillOrganisation(page: Page, id: string, name: string): Promise<void> {
  await page.goto('/actions/member.registerOrganisation/new');
  await page.fill('main [name=id]', id);
  await page.fill('main [name=name]', name);
  await page.selectOption('main [name=role]', 'county-command');
  await page.fill('main [name=division]', '522634');
  await page.selectOption('main [name=level]', 'county');
}

async function command(script: string, env: Record<string, string>, input = ''): Promise<string> {
  const child = spawn(process.execPath, ['bin/node24.js', `src/commands/${script}.ts`, ...words(env)], {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((end) => child.once('close', end));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  assert.equal(code, 0, `${script}: ${out}${err}`);
  return out;
}

const words = ({ VERB = '' }: Record<string, string>): string[] => (VERB === '' ? [] : [VERB]);

async function openPage(t: TestContext, port: number): Promise<Page> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const context = await browser.newContext({ baseURL: `http://localhost:${port}` });
  context.setDefaultTimeout(60_000);
  return context.newPage();
}

function passwordOf(run: Run, name: string): string {
  const password = new RegExp(`^${name} +(\\S+)`, 'm').exec(run.out())?.[1];
  assert.ok(password, run.out());
  return password;
}

/** Longer than other starts take, for a machine that runs a network beside. */
async function readyOnNetwork(run: Run): Promise<void> {
  const deadline = Date.now() + 150_000;
  while (!run.out().includes('Ready after')) {
    assert.ok(Date.now() < deadline && run.child.exitCode === null, run.out() + run.err());
    await new Promise((wait) => setTimeout(wait, 100));
  }
}

async function stop(run: Run): Promise<void> {
  run.child.kill('SIGTERM');
  await run.ended;
}

async function underWay(dataDir: string): Promise<number> {
  const copy = join(dataDir, 'copy.journal');
  copyFileSync(join(dataDir, 'fabric/in-flight/web.journal'), copy);
  const journal = await InFlightJournal.open(copy);
  const { length } = journal.unsettled;
  await journal.close();
  return length;
}

test('an installation moves to a network, and what was pressed when the web process died happens once', async (t) => {
  const [dataDir, port] = [folder(t), await portPair()];
  const first = await start(t, ['bin/serve.js'], { dataDir, port });
  await readyOnNetwork(first);
  const [system, security] = [new Administrator('sysadmin'), new Administrator('secadmin')];
  const page = await openPage(t, port);
  await system.join(page, passwordOf(first, system.name));
  await fillOrganisation(page, 'county-a', '甲县指挥部');
  await page.click('main form button[type=submit]');
  await page.locator('main', { hasText: '已写入账本' }).waitFor();
  const other = await openPage(t, port);
  await security.join(other, passwordOf(first, security.name));
  await stop(first);

  const network = await openTestNetwork();
  t.after(() => network.close());
  const env = { DATA_DIR: dataDir, FABRIC_CONNECTION: network.connectionFile };
  await command('ledger-migrate', { ...env, VERB: 'propose' }, await system.lines());
  await command('ledger-migrate', { ...env, VERB: 'approve' }, await security.lines());
  const moved = await command('ledger-migrate', { ...env, VERB: 'run' }, await system.lines());
  assert.match(moved, /Both ledgers hold the same state/);

  const second = await start(t, ['bin/serve.js'], { dataDir, port, env: { ...env, LEDGER: 'fabric' } });
  await readyOnNetwork(second);
  await system.signIn(page);
  await page.goto('/members');
  assert.match((await page.textContent('main')) ?? '', /甲县指挥部/);
  await fillOrganisation(page, 'county-b', '乙县指挥部');
  const orderer = network.processes.running('orderer0')?.pid;
  assert.ok(orderer);
  process.kill(orderer, 'SIGSTOP');
  t.after(() => resume(orderer));
  await page.click('main form button[type=submit]', { noWaitAfter: true });
  await until('the endorsed transaction on the disk', async () => (await underWay(dataDir)) === 1);
  process.kill(webProcess(dataDir), 'SIGKILL');
  resume(orderer);
  await until('the words', () => second.err().includes('web is back'));
  await until('the end of what was under way', async () => (await underWay(dataDir)) === 0);
  await until('the organisation on the page', async () => {
    await page.goto('/members').catch(() => null);
    return ((await page.textContent('main').catch(() => '')) ?? '').includes('乙县指挥部');
  });
  await stop(second);

  const { ledger } = await openAdapter(network);
  t.after(() => ledger.close());
  const { height } = await ledger.info();
  const found: string[] = [];
  for (let number = 0; number < height; number += 1) {
    for (const { fn, code, args } of (await ledger.block(number))?.transactions ?? [])
      if (fn === 'registerOrganisation' && args[0]?.includes('county-b')) found.push(code);
  }
  assert.equal(found.filter((code) => code === 'VALID').length, 1, found.join(', '));
  t.diagnostic(`in the blocks: ${found.join(', ')}`);
  assert.match(await command('check', { ...env, LEDGER: 'fabric' }), /The read model agrees with the ledger/);
  const compared = await command('ledger-migrate', { ...env, VERB: 'check' });
  assert.match(compared, /Both ledgers hold the same state/, 'what was moved, whatever was written since');
});

function resume(pid: number): void {
  spawnSync('kill', ['-CONT', String(pid)]);
}
