/** What every page may use: texts, formats, navigation, the token of its forms, and the block it agrees with. */
import type { RequestHandler } from 'express';
import { label, t, type MessageKey } from '../messages/index.ts';
import { navigationOf } from '../models/member/navigation.rules.ts';
import type { Person } from '../models/member/person.ts';
import { paths } from '../paths.ts';
import type { Platform } from '../compose.ts';
import type { Config } from '../config.ts';
import { beijing, count, mask, money, percent, short, span, type Unit } from '../views/format.ts';
import { icon } from '../views/icons.ts';
import { tones } from '../views/tones.ts';
import { csrfTokenOf } from './csrf.ts';

const units: readonly Unit[] = ['yuan', 'wan', 'yi'];

/** What every page may use whoever asks, the page of an error before anybody is known included. */
export function pageTexts({ installation }: Pick<Config, 'installation'>): RequestHandler {
  const fixed = {
    ...{ esc: escapeHtml, t, label, paths, beijing, count, mask, percent, short, span, icon, tones },
    ...{ installation, unit: 'yuan', query: '', unread: 0, asOfBlock: 0, nav: [] },
  };
  return (_req, res, next) => {
    Object.assign(res.locals, fixed, { now: new Date(), nowText: beijing(new Date()) });
    next();
  };
}

/** Sets `res.locals` for pages. `?unit=` is remembered for the session. */
export function pageLocals({ height, services }: Pick<Platform, 'height' | 'services'>): RequestHandler {
  return async (req, res, next) => {
    const asked = units.find((one) => one === req.query.unit);
    if (asked !== undefined) req.session.unit = asked;
    const unit = req.session.unit ?? 'yuan';
    Object.assign(res.locals, {
      unit,
      money: (amount: bigint | string | null) => money(amount, unit),
      yuan: (amount: bigint | string | null) => money(amount),
      unitLink: (one: Unit) => withQuery(req.originalUrl, 'unit', one),
      csrfToken: csrfTokenOf(req),
      // The answer to a form has no address of its own: what is on every page comes from the plainest one.
      liveFrom: req.method === 'GET' ? undefined : paths.help,
      notice: takeNotice(req.session),
      unread: req.person === undefined ? 0 : await services.notifications.unread(req.person),
      asOfBlock: req.person === undefined ? 0 : Math.max(0, (await height.current()) - 1),
      ...(req.person === undefined ? {} : ofPerson(req.person, req.path)),
    });
    next();
  };
}

function ofPerson(person: Person, path: string): object {
  const nav = navigationOf(person.role).map(({ key, icon: name, page }) => {
    const href = paths[page as keyof typeof paths];
    const current = typeof href === 'string' && (href === '/' ? path === '/' : path.startsWith(href));
    return { key: key as MessageKey, icon: name, href, current };
  });
  const posts = person.posts.map((post) => label(`post.${post}`)).join('、');
  return { nav, personPosts: posts === '' ? t('post.none') : posts };
}

function takeNotice(session: { notice?: string }): string | undefined {
  const { notice } = session;
  delete session.notice;
  return notice;
}

/** The address with one parameter set. */
export function withQuery(address: string, name: string, value: string): string {
  const url = new URL(address, 'http://page.invalid');
  url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/** For the few places where a page builds HTML from parts. */
export function escapeHtml(text: string | number | null | undefined): string {
  return String(text ?? '').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
