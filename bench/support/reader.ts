/** A person who reads pages: signed in over HTTP, keeping the session's cookie. */

/** One signed-in person. */
export class Reader {
  readonly #address: string;
  readonly #cookies = new Map<string, string>();

  private constructor(address: string) {
    this.#address = address;
  }

  /** @throws Error when the platform refuses the sign-in */
  static async signIn(address: string, username: string, password: string): Promise<Reader> {
    const reader = new Reader(address);
    const form = await reader.get('/sign-in');
    const body = new URLSearchParams({ username, password });
    for (const [tag] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g))
      body.set(/name="([^"]*)"/.exec(tag)?.[1] ?? '', /value="([^"]*)"/.exec(tag)?.[1] ?? '');
    const response = await reader.#fetch('/sign-in', { method: 'POST', body });
    if (response.status !== 303) throw new Error(`${username} could not sign in: ${response.status}`);
    return reader;
  }

  /** The page's HTML; redirects are followed. @throws Error for any answer but 200 */
  async get(path: string): Promise<string> {
    const response = await this.#fetch(path, {});
    const text = await response.text();
    const location = response.headers.get('location');
    if (location !== null) return this.get(location);
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
    return text;
  }

  /**
   * Listens as an open page does, until the signal.
   * @param told gets the topics of each event as it comes
   */
  async follow(told: (topics: readonly string[]) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#fetch('/events', { signal });
    if (response.status !== 200 || response.body === null) throw new Error(`no stream: ${response.status}`);
    let rest = '';
    try {
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('data: ')) told(topicsOf(line));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie };
    const response = await fetch(this.#address + path, { ...init, headers, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  }
}

function topicsOf(line: string): string[] {
  return (JSON.parse(line.slice('data: '.length)) as { topics: string[] }).topics;
}
