/** What is one's own through the API: the figures and to-dos of the home page, search, notifications, open sessions. */
import { z } from 'zod';
import { DomainError } from '../../models/kernel/errors.ts';
import { hidesKind } from '../../models/member/scope.rules.ts';
import { toldTypes } from '../../models/notification/notification.rules.ts';
import { sessionsOf } from '../sessions.ts';
import { row } from './subjects.ts';
import { change, type Asked, type Change, type Question } from './types.ts';

const tag = '本人 me';

async function home({ platform, person }: Asked): Promise<unknown> {
  const service = platform.services.home;
  const [todos, sums, figures] = await Promise.all([
    service.todos(person),
    service.money(person),
    service.figures(person),
  ]);
  const todo = todos.map(({ key, count, oldest }) => ({ key, count, oldest }));
  return { todos: todo, sums, figures };
}

async function townships({ platform, person }: Asked): Promise<unknown> {
  if (hidesKind(person, 'draft')) throw new DomainError('ROLE_NOT_ALLOWED', 'no drafts for this role');
  const found = await platform.services.home.townships(person);
  return { items: found.map((one) => row({ ...one })), total: found.length };
}

async function search({ platform, person, query }: Asked): Promise<unknown> {
  const { search: service } = platform.services;
  const q = query.q ?? '';
  const [exact, hits] = await Promise.all([service.exact(person, q), service.hits(person, q)]);
  return { exact, items: hits, total: hits.length };
}

async function notifications({ platform, person, query }: Asked): Promise<unknown> {
  const [page, size] = [Number(query.page ?? 1), Number(query.size ?? 20)];
  const { rows, total } = await platform.services.notifications.list(person, {
    unreadOnly: query.state === 'unread',
    type: query.type ?? '',
    skip: (page - 1) * size,
    limit: size,
  });
  return { items: rows.map(({ userId: _, ...one }) => row(one)), total, page, size };
}

async function sessions({ platform, person }: Asked): Promise<unknown> {
  const open = await sessionsOf(platform).list(person.username, '');
  return { items: open.map(({ isThis: _, ...one }) => one), total: open.length };
}

export const ownQuestions: readonly Question[] = [
  { path: '/home', tag, summary: '工作台 To-dos, sums and figures of one’s own scope', answer: home },
  { path: '/townships', tag, summary: '乡镇 Sums by township of one’s own scope', answer: townships },
  {
    path: '/search',
    tag,
    summary:
      '搜索 By number, serial, account or part of a name; `exact` is the one object whose number it is',
    query: z.object({ q: z.string().trim().min(1).max(100) }),
    answer: search,
  },
  {
    path: '/notifications',
    tag,
    summary: '消息通知 One’s own notifications, newest first',
    query: z.object({
      state: z.enum(['unread']).optional(),
      type: z.enum(toldTypes).optional(),
      page: z.coerce.number().int().min(1).max(100_000).default(1),
      size: z.coerce.number().int().min(1).max(200).default(20),
    }),
    answer: notifications,
  },
  {
    path: '/account/sessions',
    tag,
    summary: '登录会话 One’s own open sessions in browsers',
    answer: sessions,
  },
];

export const ownChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/notifications/read',
    tag,
    summary: '消息通知 Mark all as read',
    body: z.object({}),
    run: async ({ platform, person }) => ({
      result: { read: await platform.services.notifications.markAllRead(person) },
    }),
  }),
  change({
    method: 'post',
    path: '/notifications/{id}/read',
    tag,
    summary: '消息通知 Mark one as read; it tells the page that it leads to',
    body: z.object({}),
    run: async ({ platform, person, params }) => ({
      result: { link: await platform.services.notifications.markRead(person, params.id ?? '') },
    }),
  }),
  change({
    method: 'delete',
    path: '/account/sessions/{id}',
    tag,
    summary: '登录会话 End one of one’s own sessions in a browser',
    body: z.object({}),
    run: async ({ platform, person, params }) => {
      await sessionsOf(platform).end(person.username, params.id ?? '');
      return { result: { id: params.id } };
    },
  }),
];
