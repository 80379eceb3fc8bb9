/** Reads server-sent events as a browser would, until something is told. */

/** An open stream of block events; `topics` are those told so far, in order. */
export interface LiveStream {
  readonly topics: readonly string[];
  /** Waits until a topic is told. @throws Error when the stream ends before */
  until(topic: string): Promise<void>;
  close(): void;
}

/** Opens a stream. @param headers what signs the listener in */
export async function openStream(url: string, headers: Record<string, string>): Promise<LiveStream> {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`no stream: ${response.status}`);
  const chunks = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  const topics: string[] = [];
  let rest = '';
  return {
    topics,
    close: () => stop.abort(),
    until: async (topic) => {
      while (!topics.includes(topic)) {
        const { done, value } = await chunks.next();
        if (done === true) throw new Error('the stream ended');
        const lines = (rest + value).split('\n');
        rest = lines.pop() ?? '';
        topics.push(...lines.flatMap(topicsOf));
      }
    },
  };
}

function topicsOf(line: string): string[] {
  if (!line.startsWith('data: ')) return [];
  return (JSON.parse(line.slice('data: '.length)) as { topics: string[] }).topics;
}
