/** A signed-in client of the JSON API. */
import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Express } from 'express';
import { demoPassword } from '../../src/commands/demo/people.ts';

/** Calls of one person. */
export interface ApiClient {
  readonly token: string;
  get(path: string): supertest.Test;
  /** @param key idempotency key; a new one when absent */
  post(path: string, body: object, key?: string): supertest.Test;
  delete(path: string, body: object, key?: string): supertest.Test;
}

/** Signs in as a demonstration user. */
export async function apiAs(app: Express, username: string): Promise<ApiClient> {
  const response = await supertest(app).post('/api/v1/sessions').send({ username, password: demoPassword });
  if (response.status !== 201) throw new Error(`${username}: ${response.status} ${response.text}`);
  const { token } = response.body as { token: string };
  const changing =
    (method: 'post' | 'delete') =>
    (path: string, body: object, key: string = randomUUID()): supertest.Test =>
      supertest(app)
        [method](`/api/v1${path}`)
        .auth(token, { type: 'bearer' })
        .set('Idempotency-Key', key)
        .send(body);
  return {
    token,
    get: (path) => supertest(app).get(`/api/v1${path}`).auth(token, { type: 'bearer' }),
    post: changing('post'),
    delete: changing('delete'),
  };
}
