/** Gathers what the pages show from the books. */

import type { SampleBank } from '../bank.ts';
import { beijingDate, beijingTime } from '../clock.ts';
import type { Heart } from '../push/heartbeat.ts';
import type { SetupFile } from '../setup.ts';
import { counterPage } from './counter-page.ts';
import type { BankLine } from './counter-page.ts';
import { page } from './layout.ts';
import type { Frame } from './layout.ts';
import { transferPage } from './transfer-page.ts';

/** What the pages and the API work with. */
export interface WebDeps {
  readonly bank: SampleBank;
  readonly setup: SetupFile;
  readonly heart: Heart;
  /** Address of the platform, for the link. */
  readonly platformUrl: () => string;
}

/** What the person did before this page is shown. */
export interface Asked {
  readonly page: number;
  readonly form: Readonly<Record<string, string>>;
  readonly fault?: string | undefined;
}

const PAGE_SIZE = 20;

/** @returns the counter as a whole document */
export function showCounter(deps: WebDeps, { page: wanted, form, fault }: Asked): string {
  const { bank } = deps;
  const total = bank.transfers.count();
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const shown = Math.min(Math.max(1, wanted), pages);
  const transfers = bank.transfers.list(PAGE_SIZE, (shown - 1) * PAGE_SIZE);
  const body = counterPage({
    accounts: bank.accounts.list(),
    banks: bankLines(deps),
    transfers: transfers.map((transfer) => ({ transfer, pushes: bank.pushes.of(transfer.id) })),
    offsetDays: bank.settings.offsetDays,
    today: beijingDate(bank.clock),
    paging: { page: shown, pages, total },
    form,
    fault: fault ?? setupFault(deps),
  });
  return page(frame(deps, '柜台'), body);
}

/** @returns one transfer as a whole document */
export function showTransfer(deps: WebDeps, serialNo: string, fault?: string): string {
  const { bank } = deps;
  const transfer = bank.transfers.get(serialNo);
  const pushes = bank.pushes.of(transfer.id);
  const banks = deps.setup.current?.banks ?? [];
  const body = transferPage({
    transfer,
    payer: bank.accounts.get(transfer.payer),
    payee: bank.accounts.get(transfer.payee),
    bankName: banks.find(({ bankId }) => bankId === transfer.bankId)?.name ?? transfer.bankId,
    pushes,
    reversal: bank.transfers.reversalOf(serialNo),
    fault,
  });
  const restless = pushes.some(({ state }) => state === 'waiting');
  return page({ ...frame(deps, serialNo), restless }, body);
}

function frame({ bank, platformUrl }: WebDeps, title: string): Frame {
  const { clock } = bank;
  return { title, clockText: `${beijingDate(clock)} ${beijingTime(clock)}`, platformUrl: platformUrl() };
}

function bankLines({ bank, setup, heart }: WebDeps): BankLine[] {
  return (setup.current?.banks ?? []).map(({ bankId, name }) => {
    const silent = bank.settings.isSilent(bankId);
    const beat = heart.last(bankId);
    const answered = beat ? `${beijingTime(new Date(beat.at))} ${beatWord(beat.status)}` : '还没有';
    return { bankId, name, silent, beat: silent ? '已停止' : answered };
  });
}

function beatWord(status: number): string {
  if (status === 0) return '平台无应答';
  return status < 300 ? '平台已收' : `平台拒收 ${status}`;
}

function setupFault({ setup }: WebDeps): string | undefined {
  if (setup.current) return undefined;
  return setup.fault === undefined
    ? '还没有配置文件，等演示数据装好后再试。'
    : `配置文件读不出来：${setup.fault}。`;
}
