/** The page of one transfer: what to register, what was pushed, what the platform answered, and what can be done. */

import type { Account } from '../books/accounts.ts';
import type { Push } from '../books/pushes.ts';
import type { Transfer } from '../books/transfers.ts';
import { formatYuan } from '../money.ts';
import { badge } from './counter-page.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { faultNote } from './layout.ts';
import { misbehaviourWords, whatWord } from './words.ts';

/** Everything the page shows. */
export interface TransferView {
  readonly transfer: Transfer;
  readonly payer: Account;
  readonly payee: Account;
  readonly bankName: string;
  readonly pushes: readonly Push[];
  readonly reversal: Transfer | undefined;
  readonly fault: string | undefined;
}

/** @returns the body of the page */
export function transferPage(view: TransferView): Html {
  const { transfer, bankName, fault } = view;
  return html`<h1>转账 <span class="code">${transfer.serialNo}</span></h1>
    ${faultNote(fault)} ${transfer.reversalOf === null ? receipt(transfer, bankName) : undefined}
    <div class="two">
      <section class="card" aria-labelledby="h-facts">
        <h2 id="h-facts">回单</h2>
        ${facts(view)}
      </section>
      <section class="card" aria-labelledby="h-acts">
        <h2 id="h-acts">操作</h2>
        ${acts(view)}
      </section>
    </div>
    <section class="card" aria-labelledby="h-pushes">
      <h2 id="h-pushes">推送与平台的应答</h2>
      ${pushTable(view.pushes)}
    </section>`;
}

function receipt(transfer: Transfer, bankName: string): Html {
  return html`<div class="note">
    请付款单位到平台登记：
    <div class="big">${transfer.serialNo}</div>
    银行 ${bankName}（<span class="code">${transfer.bankId}</span>） · 入账日期
    <span class="code">${transfer.bookingDate}</span>
  </div>`;
}

function facts({ transfer, payer, payee, reversal }: TransferView): Html {
  const link = (word: string, serialNo: string): Html =>
    html`<dt>${word}</dt>
      <dd><a class="code" href="/transfers/${serialNo}">${serialNo}</a></dd>`;
  return html`<dl>
    <dt>付款</dt>
    <dd>${payer.name}<br /><span class="code">${payer.account}</span></dd>
    <dt>收款</dt>
    <dd>${payee.name}<br /><span class="code">${payee.account}</span></dd>
    <dt>金额（元）</dt>
    <dd>${formatYuan(transfer.amountFen)}</dd>
    <dt>入账时间</dt>
    <dd class="code">${transfer.txTime.slice(0, 19).replace('T', ' ')}</dd>
    <dt>用途</dt>
    <dd>${transfer.purpose || '—'}</dd>
    <dt>附言</dt>
    <dd>${transfer.reference || '—'}</dd>
    <dt>收款行流水号</dt>
    <dd class="code">${transfer.creditSerialNo}</dd>
    <dt>银行的表现</dt>
    <dd>${misbehaviourWords[transfer.misbehave]}</dd>
    ${transfer.reversalOf === null ? undefined : link('冲正的流水', transfer.reversalOf)}
    ${reversal ? link('已被冲正', reversal.serialNo) : undefined}
  </dl>`;
}

function acts({ transfer, pushes, reversal }: TransferView): Html {
  const canPush = pushes.some(({ state }) => state === 'held' || state === 'refused');
  const canReverse = transfer.reversalOf === null && !reversal;
  const button = (action: string, word: string): Html =>
    html`<form class="inline" method="post" action="/transfers/${transfer.serialNo}/${action}">
      <button>${word}</button>
    </form> `;
  return html`${canPush ? button('push', '现在推送') : undefined}
    ${canReverse ? button('reverse', '冲正') : undefined}
    <p class="soft">${canPush ? '有未推送或被拒收的报文，可以补推。' : '没有需要补推的报文。'}</p>`;
}

function pushTable(pushes: readonly Push[]): Html {
  const rows = pushes.map(
    (push) =>
      html`<tr>
        <td>${badge(push)}</td>
        <td class="code">${push.bankId}</td>
        <td class="number">${push.attempts}</td>
        <td>${push.answer || '—'}</td>
        <td>
          <details>
            <summary>报文</summary>
            <code>${push.body}</code>
          </details>
        </td>
      </tr>`,
  );
  const empty = html`<tr>
    <td colspan="5">${whatWord('')}没有推送</td>
  </tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="推送列表">
    <table>
      <thead>
        <tr>
          <th scope="col">状态</th>
          <th scope="col">推送银行</th>
          <th scope="col" class="number">次数</th>
          <th scope="col">平台的应答</th>
          <th scope="col">报文</th>
        </tr>
      </thead>
      <tbody>
        ${rows.length > 0 ? rows : empty}
      </tbody>
    </table>
  </div>`;
}
