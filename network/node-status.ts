/** Asks nodes how they are: health, version and figures over their operations ports, joining over the admin port. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { nodePaths, type NetworkPlan, type OrdererPlan } from './plan.ts';

const PATIENCE_MS = 3000;

/** True when the address answers 200. */
export async function isWell(url: string): Promise<boolean> {
  const response = await get(url);
  return response?.ok ?? false;
}

/** The node's version, null when it does not answer. @param operations base address */
export async function versionOf(operations: string): Promise<string | null> {
  const response = await get(`${operations}/version`);
  if (!response?.ok) return null;
  const { Version } = (await response.json()) as { Version?: string };
  return Version ?? null;
}

/** A node's figures by name and labels as the text form has them. Empty when it does not answer. */
export async function metricsOf(operations: string): Promise<ReadonlyMap<string, number>> {
  const response = await get(`${operations}/metrics`);
  return response?.ok ? parseMetrics(await response.text()) : new Map();
}

/** @returns figures by `name{labels}` */
export function parseMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    }),
  );
}

/** Number of blocks of the channel on a node; null when it has not joined or does not answer. */
export async function heightOf(operations: string, channel: string): Promise<number | null> {
  const metrics = await metricsOf(operations);
  return metrics.get(`ledger_blockchain_height{channel="${channel}"}`) ?? null;
}

/** True when the ordering node serves the channel. */
export async function hasJoined(plan: NetworkPlan, orderer: OrdererPlan): Promise<boolean> {
  const { status } = await admin(plan, orderer, { method: 'GET', path: `/${plan.channel}` });
  return status === 200;
}

/** Makes the ordering node serve the channel. @param block the genesis, or a later configuration block */
export async function joinChannel(plan: NetworkPlan, orderer: OrdererPlan, block: Buffer): Promise<void> {
  const boundary = 'block-boundary-7d1f';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="config-block"; filename="config.block"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), block, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const { status, text } = await admin(plan, orderer, { method: 'POST', path: '', body, boundary });
  if (status !== 201) throw new Error(`${orderer.name} answered ${status}: ${text.trim()}`);
}

interface AdminRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
  readonly boundary?: string;
}

async function admin(
  plan: NetworkPlan,
  orderer: OrdererPlan,
  { method, path, body, boundary }: AdminRequest,
): Promise<{ status: number; text: string }> {
  const paths = nodePaths(plan.folder, 'orderer', orderer.name);
  const [key, cert, ca] = await Promise.all(
    [paths.tlsKey, paths.tlsCert, paths.tlsRoot].map((file) => readFile(file)),
  );
  return new Promise((resolve, reject) => {
    const call = request(
      {
        // The administration answers on this machine alone; the certificate names it so, too.
        host: 'localhost',
        port: orderer.ports.admin,
        path: `/participation/v1/channels${path}`,
        method,
        key,
        cert,
        ca,
        timeout: PATIENCE_MS,
        headers: body
          ? { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length }
          : {},
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error(`${orderer.name} did not answer`)));
    call.on('error', reject);
    call.end(body);
  });
}

function get(url: string): Promise<Response | null> {
  return fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
}
