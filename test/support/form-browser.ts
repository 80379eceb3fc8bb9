/** A browser without a screen: cookies, forms with their hidden fields, uploads. */
import type supertest from 'supertest';

/** A signed-in browser: keeps cookies, fills in the CSRF token. */
export interface Browser {
  get(path: string): supertest.Test;
  /** Opens `form` (the path itself when not told), takes its hidden fields, and posts with them. */
  post(path: string, fields: Record<string, string>, form?: string): Promise<supertest.Response>;
  /** As `post`, with a text file in the form's field `file`. */
  upload(
    path: string,
    fields: Record<string, string>,
    file: TextFile,
    form?: string,
  ): Promise<supertest.Response>;
}

/** A file as a browser attaches it. */
export interface TextFile {
  readonly name: string;
  /** Text, or bytes as they are. */
  readonly text: string | Uint8Array;
}

/** A browser over an agent that keeps cookies. */
export function browser(agent: ReturnType<typeof supertest.agent>): Browser {
  return {
    get: (path) => agent.get(path),
    post: async (path, fields, form = path) => {
      const page = await agent.get(form);
      return agent
        .post(path)
        .type('form')
        .send({ ...hiddenFields(page.text), ...fields });
    },
    upload: async (path, fields, file, form = path) => {
      const page = await agent.get(form);
      return agent
        .post(path)
        .field({ ...hiddenFields(page.text), ...fields })
        .attach('file', Buffer.from(file.text), file.name);
    },
  };
}

/** Name and value of every hidden field of a page; of the form token any one. */
export function hiddenFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [tag] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined) fields[name] ??= /value="([^"]*)"/.exec(tag)?.[1] ?? '';
  }
  return fields;
}
