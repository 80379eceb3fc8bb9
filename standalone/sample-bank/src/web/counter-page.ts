/** The page of the counter: make a transfer, see balances, banks, clock and the latest transfers. */

import type { Account } from '../books/accounts.ts';
import { misbehaviours } from '../books/transfers.ts';
import type { Push } from '../books/pushes.ts';
import type { Transfer } from '../books/transfers.ts';
import { formatYuan } from '../money.ts';
import { html, when } from './html.ts';
import type { Html } from './html.ts';
import { faultNote } from './layout.ts';
import { misbehaviourWords, pushBadge, whatWord } from './words.ts';

/** One bank on the page. */
export interface BankLine {
  readonly bankId: string;
  readonly name: string;
  readonly silent: boolean;
  /** How the last heartbeat went, in words. */
  readonly beat: string;
}

/** Everything the page shows. */
export interface CounterView {
  readonly accounts: readonly Account[];
  readonly banks: readonly BankLine[];
  readonly transfers: readonly { readonly transfer: Transfer; readonly pushes: readonly Push[] }[];
  readonly offsetDays: number;
  readonly today: string;
  readonly paging: { readonly page: number; readonly pages: number; readonly total: number };
  /** What was typed into the transfer form. */
  readonly form: Readonly<Record<string, string>>;
  readonly fault: string | undefined;
}

/** @returns the body of the page */
export function counterPage(view: CounterView): Html {
  return html`<h1>柜台</h1>
    ${faultNote(view.fault)}
    <div class="two">
      <section class="card" aria-labelledby="h-transfer">
        <h2 id="h-transfer">转账</h2>
        ${transferForm(view)}
      </section>
      <div class="stack">${bankCard(view)} ${clockCard(view)}</div>
    </div>
    <section class="card" aria-labelledby="h-transfers">
      <h2 id="h-transfers">转账流水（共 ${view.paging.total} 笔）</h2>
      ${transferTable(view)} ${pager(view)}
    </section>
    <section class="card" aria-labelledby="h-accounts">
      <h2 id="h-accounts">账户</h2>
      ${accountTable(view)} ${openForm(view)}
    </section>`;
}

function transferForm({ accounts, banks, form, today }: CounterView): Html {
  const choose = (name: string, text: string): Html =>
    html`<label class="wide"
      >${text}<select name="${name}" required>
        <option value="">请选择</option>
        ${banks.map((bank) => accountGroup(bank, accounts, form[name] ?? ''))}
      </select></label
    >`;
  return html`<form method="post" action="/transfers" class="grid">
    ${choose('payerAccount', '付款账户')} ${choose('payeeAccount', '收款账户')}
    <label
      >金额（元）<input
        name="yuan"
        inputmode="decimal"
        required
        value="${form['yuan'] ?? ''}"
        placeholder="400000.00"
    /></label>
    <label>入账日期<input type="date" name="bookingDate" value="${form['bookingDate'] ?? today}" /></label>
    <label>用途<input name="purpose" maxlength="200" value="${form['purpose'] ?? ''}" /></label>
    <label
      >附言<input
        name="reference"
        maxlength="100"
        value="${form['reference'] ?? ''}"
        placeholder="汇票编号/分段"
    /></label>
    <label
      >银行的表现<select name="misbehave">
        ${misbehaviours.map(
          (one) =>
            html`<option value="${one}" ${when(form['misbehave'] === one, 'selected')}>
              ${misbehaviourWords[one]}
            </option>`,
        )}
      </select></label
    >
    <label><span>&nbsp;</span><button class="main">转账</button></label>
  </form>`;
}

function accountGroup(bank: BankLine, accounts: readonly Account[], chosen: string): Html {
  const own = accounts.filter(({ bankId }) => bankId === bank.bankId);
  return html`<optgroup label="${bank.name}">
    ${own.map(
      (one) =>
        html`<option value="${one.account}" ${when(one.account === chosen, 'selected')}>
          ${one.name} ${one.account}
        </option>`,
    )}
  </optgroup>`;
}

function bankCard({ banks }: CounterView): Html {
  const rows = banks.map(
    (one) =>
      html`<tr>
        <td>${one.name}<br /><span class="soft code">${one.bankId}</span></td>
        <td>${one.beat}</td>
        <td>
          <form method="post" action="/banks/${one.bankId}/silence">
            <input type="hidden" name="on" value="${one.silent ? 'off' : 'on'}" /><button
              aria-label="${one.name}：${one.silent ? '恢复推送' : '停止推送'}"
            >
              ${one.silent ? '恢复推送' : '停止推送'}
            </button>
          </form>
        </td>
      </tr>`,
  );
  return html`<section class="card" aria-labelledby="h-banks">
    <h2 id="h-banks">银行</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="银行列表">
      <table>
        <thead>
          <tr>
            <th scope="col">银行</th>
            <th scope="col">最近心跳</th>
            <th scope="col">推送</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

function clockCard({ offsetDays }: CounterView): Html {
  return html`<section class="card" aria-labelledby="h-clock">
    <h2 id="h-clock">银行时钟</h2>
    <form method="post" action="/clock" class="line">
      <label
        >比实际时间提前（天）<input
          type="number"
          name="offsetDays"
          min="0"
          max="3650"
          value="${offsetDays}"
          required /></label
      ><button>设定</button>
    </form>
  </section>`;
}

function transferTable({ transfers, accounts }: CounterView): Html {
  if (transfers.length === 0)
    return html`<p class="soft">还没有转账。在上面选择付款和收款账户，转出第一笔。</p>`;
  const names = new Map(accounts.map(({ account, name }) => [account, name]));
  const rows = transfers.map(
    ({ transfer, pushes }) =>
      html`<tr>
        <td class="code"><a href="/transfers/${transfer.serialNo}">${transfer.serialNo}</a></td>
        <td class="code">${transfer.bookingDate}</td>
        <td class="names">
          ${names.get(transfer.payer) ?? transfer.payer} → ${names.get(transfer.payee) ?? transfer.payee}
        </td>
        <td class="number">${formatYuan(transfer.amountFen)}</td>
        <td>${transfer.reversalOf === null ? misbehaviourWords[transfer.misbehave] : '冲正'}</td>
        <td>${pushes.map((push) => badge(push))}</td>
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="转账流水列表">
    <table>
      <thead>
        <tr>
          <th scope="col">流水号</th>
          <th scope="col">入账日期</th>
          <th scope="col">付款 → 收款</th>
          <th scope="col" class="number">金额（元）</th>
          <th scope="col">银行的表现</th>
          <th scope="col">推送</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** @returns where a message stands, as a coloured word */
export function badge(push: Push): Html {
  const { word, tone } = pushBadge(push);
  return html`<span class="badge ${tone}">${whatWord(push.what)}：${word}</span>`;
}

function pager({ paging: { page, pages } }: CounterView): Html | undefined {
  if (pages <= 1) return undefined;
  const newer = page > 1 ? html`<a href="/?page=${page - 1}">较新</a>` : undefined;
  const older = page < pages ? html`<a href="/?page=${page + 1}">较早</a>` : undefined;
  return html`<nav class="pages" aria-label="翻页">
    ${newer}<span>第 ${page} / ${pages} 页</span>${older}
  </nav>`;
}

function accountTable({ accounts, banks }: CounterView): Html {
  const names = new Map(banks.map(({ bankId, name }) => [bankId, name]));
  const rows = accounts.map(
    (one) =>
      html`<tr>
        <td class="names">${one.name}</td>
        <td class="code">${one.account}</td>
        <td>${names.get(one.bankId) ?? one.bankId}</td>
        <td class="code">${one.bankNo}</td>
        <td class="number">${formatYuan(one.balanceFen)}</td>
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="账户列表">
    <table>
      <thead>
        <tr>
          <th scope="col">户名</th>
          <th scope="col">账号</th>
          <th scope="col">开户行</th>
          <th scope="col">行号</th>
          <th scope="col" class="number">余额（元）</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function openForm({ banks }: CounterView): Html {
  return html`<details>
    <summary>开立账户</summary>
    <form method="post" action="/accounts" class="grid">
      <label
        >开户行<select name="bankId">
          ${banks.map((one) => html`<option value="${one.bankId}">${one.name}</option>`)}
        </select></label
      >
      <label>账号<input name="account" required maxlength="64" /></label
      ><label>户名<input name="name" required maxlength="100" /></label>
      <label>行号<input name="bankNo" maxlength="20" /></label
      ><label>开户余额（元）<input name="yuan" inputmode="decimal" value="0.00" required /></label>
      <label><span>&nbsp;</span><button>开户</button></label>
    </form>
  </details>`;
}
