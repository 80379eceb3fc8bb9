/** Reads XML as a stream and hands out the subtrees that are asked for; document types and entities of their own are refused. */
import sax from 'sax';
import { limits, StatementUnreadable } from './part.ts';

/** An element with its text and children; names without namespace prefix. */
export interface Element {
  readonly name: string;
  /** Its namespace. */
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
  readonly children: Element[];
}

/** An element that begins (of those that hold others) or that is complete. */
export interface XmlEvent {
  readonly kind: 'open' | 'element';
  /** Names from the root, joined by `/`. */
  readonly path: string;
  readonly element: Element;
}

/** Which elements are told when they open, and which are handed out whole. */
export interface XmlInterest {
  /** Elements that hold others and are never kept. */
  readonly containers: readonly RegExp[];
}

/**
 * Elements outside containers are collected and handed out when they end; memory holds one of them at a time.
 * @param chunks decoded text
 * @throws StatementUnreadable for bad XML, a document type, or what is above the limits
 */
export async function* readXml(
  chunks: AsyncIterable<string>,
  interest: XmlInterest,
): AsyncGenerator<XmlEvent> {
  const reader = new TreeReader(interest);
  for await (const chunk of chunks) {
    reader.write(chunk);
    yield* reader.take();
  }
  reader.end();
  yield* reader.take();
}

/** `strictEntities`: the five entities of XML and no others. */
const parserOptions: sax.SAXOptions & { strictEntities: boolean } = {
  xmlns: true,
  strictEntities: true,
  position: false,
};

class TreeReader {
  readonly #parser = sax.parser(true, parserOptions);
  readonly #interest: XmlInterest;
  /** Names of open containers from the root. */
  readonly #path: string[] = [];
  /** Open elements of the subtree that is being collected. */
  readonly #open: Element[] = [];
  #events: XmlEvent[] = [];
  #elements = 0;
  #isRootSeen = false;

  constructor(interest: XmlInterest) {
    this.#interest = interest;
    const parser = this.#parser;
    parser.onerror = (error) => {
      throw new StatementUnreadable('xml', error.message.split('\n')[0]);
    };
    parser.ondoctype = () => refuseDoctype();
    parser.onsgmldeclaration = () => refuseDoctype();
    parser.onopentag = (tag) => this.#opened(tag as sax.QualifiedTag);
    parser.onclosetag = () => this.#closed();
    parser.ontext = (text) => this.#texted(text);
    parser.oncdata = (text) => this.#texted(text);
  }

  write(chunk: string): void {
    this.#parser.write(chunk);
    // The tokenizer tells a document type only when it ends; its beginning is enough.
    if (/^(DOCTYPE|<!)/i.test(unfinished(this.#parser))) refuseDoctype();
  }

  end(): void {
    this.#parser.close();
    if (!this.#isRootSeen) throw new StatementUnreadable('xml', 'empty');
  }

  take(): XmlEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #opened(tag: sax.QualifiedTag): void {
    this.#isRootSeen = true;
    if (this.#path.length + this.#open.length >= limits.depth) throw new StatementUnreadable('depth');
    const element: Element = {
      name: tag.local,
      uri: tag.uri,
      attributes: attributesOf(tag),
      text: '',
      children: [],
    };
    const parent = this.#open.at(-1);
    if (parent !== undefined) {
      this.#elements += 1;
      if (this.#elements > limits.elementsOfEntry) throw new StatementUnreadable('tooLargeEntry');
      parent.children.push(element);
      this.#open.push(element);
      return;
    }
    const path = [...this.#path, element.name].join('/');
    if (this.#interest.containers.some((one) => one.test(path))) {
      this.#path.push(element.name);
      this.#events.push({ kind: 'open', path, element });
    } else {
      this.#elements = 0;
      this.#open.push(element);
    }
  }

  #closed(): void {
    const element = this.#open.pop();
    if (element === undefined) this.#path.pop();
    else if (this.#open.length === 0)
      this.#events.push({ kind: 'element', path: [...this.#path, element.name].join('/'), element });
  }

  #texted(text: string): void {
    const element = this.#open.at(-1);
    if (element === undefined) return;
    if (element.text.length + text.length > limits.cellCharacters) throw new StatementUnreadable('longText');
    element.text += text;
  }
}

/** The tokenizer's buffers for declarations, which hold what has no end yet. */
function unfinished(parser: object): string {
  const { doctype, sgmlDecl } = parser as { doctype?: unknown; sgmlDecl?: unknown };
  if (doctype === true || (typeof doctype === 'string' && doctype !== '')) return 'DOCTYPE';
  return typeof sgmlDecl === 'string' ? sgmlDecl : '';
}

function refuseDoctype(): never {
  throw new StatementUnreadable('doctype');
}

function attributesOf(tag: sax.QualifiedTag): Record<string, string> {
  return Object.fromEntries(Object.values(tag.attributes).map((one) => [one.local || one.name, one.value]));
}

/** The first child along a path of names; undefined when it is not there. */
export function at(element: Element | undefined, ...names: readonly string[]): Element | undefined {
  let found = element;
  for (const name of names) found = found?.children.find((one) => one.name === name);
  return found;
}

/** All children of a name. */
export function all(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** The text at the first of the paths that has any; '' when none has. */
export function textAt(element: Element | undefined, ...paths: readonly string[]): string {
  for (const path of paths) {
    const text = at(element, ...path.split('/'))?.text.trim() ?? '';
    if (text !== '') return text;
  }
  return '';
}
