/** The frame of every page. */

import { html } from './html.ts';
import type { Html } from './html.ts';

/** What the frame shows around a page. */
export interface Frame {
  readonly title: string;
  /** The bank's own date and time. */
  readonly clockText: string;
  readonly platformUrl: string;
  /** True while something on the page is about to change: the page loads itself again. */
  readonly restless?: boolean;
}

/** @returns a whole document */
export function page(frame: Frame, body: Html): string {
  const refresh = frame.restless ? html`<meta http-equiv="refresh" content="2" />` : undefined;
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh}
        <title>${frame.title} · 示例银行</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header>
          <strong>示例银行</strong>
          <span class="mark">仅供演示，不是真实银行 · 银行时钟 ${frame.clockText}（北京时间）</span>
          <nav aria-label="页面"><a href="/">柜台</a><a href="${frame.platformUrl}">扶贫资金管理平台</a></nav>
        </header>
        <main>${body}</main>
      </body>
    </html>`.text;
}

/** @returns a sentence that says why something was not done */
export function faultNote(sentence: string | undefined): Html | undefined {
  return sentence === undefined
    ? undefined
    : html`<p class="note fault" role="alert">${sentence}没有任何改动。</p>`;
}
