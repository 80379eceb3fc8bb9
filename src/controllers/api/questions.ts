/** Questions that are no plain list: paths and histories of drafts, blocks and proofs, the verdict on a file. */
import { z } from 'zod';
import { DomainError } from '../../models/kernel/errors.ts';
import { contentsOf } from '../../models/chain/contents.service.ts';
import { TraceService } from '../../models/trace/trace.service.ts';
import { openSystemAlerts } from '../system-alert.controller.ts';
import { subjectOf, row } from './subjects.ts';
import type { Asked, Question } from './types.ts';
import { countOf } from '../../models/read-model/count.ts';

const drafts = '数字汇票 drafts';
const chain = '账本 chain';

/** Follows one key. @throws DomainError NOT_FOUND when nothing in scope has it, INVALID_ARGUMENT for none or several */
async function trace({ platform, person, query }: Asked): Promise<unknown> {
  const keys = Object.values(query).filter((value) => value !== '');
  const [key] = keys;
  if (key === undefined || keys.length > 1) throw new DomainError('INVALID_ARGUMENT', 'one key at a time');
  return new TraceService(platform.models).follow(person, key);
}

async function jobs({ platform, person }: Asked): Promise<unknown> {
  if (!['sys-admin', 'log-admin'].includes(person.role))
    throw new DomainError('ROLE_NOT_ALLOWED', `${person.userId} is no operator`);
  const { operations } = platform.services;
  const [queues, sweeps, projection, runs] = await Promise.all([
    operations.queues(),
    operations.sweepStates(),
    operations.projection(),
    platform.services.readModelCheck.last(),
  ]);
  return { queues, sweeps, projection, checks: runs.map(({ position: _, ...run }) => row(run)) };
}

/** A question to the draft contract, which shows a bank only its own legs. */
async function askDraft({ platform, person, params }: Asked, fn: 'path' | 'history'): Promise<unknown> {
  const doc = await subjectOf(platform.models, person, { kind: 'draft', id: params.id ?? '' });
  return platform.services.actions.ask(person.userId, {
    contract: 'draft',
    fn,
    args: { DraftID: doc._id },
  });
}

async function block({ platform, params }: Asked): Promise<unknown> {
  const found = await platform.models.block.findById(params.number).lean();
  if (found === null) throw new DomainError('NOT_FOUND', `no block ${params.number}`);
  // Everyone may see who called which function; what was in it is another matter.
  const seen = { contract: 1, fn: 1, creatorOrgId: 1, mspId: 1, code: 1, valid: 1, timestamp: 1 } as const;
  const transactions = await platform.models.transaction
    .find({ block: found.number }, seen)
    .sort({ txIndex: 1 })
    .lean();
  return {
    ...row({ ...found }),
    transactions: transactions.map(({ _id: id, ...rest }) => ({ id, ...rest })),
  };
}

/** The proof for everyone; of arguments, reads, writes, answer and event what is inside one's scope, `isWhole` when that is all. */
async function transaction({ platform, person, params }: Asked): Promise<unknown> {
  const proof = await platform.ledger.transaction(params.id ?? '');
  if (proof === null) throw new DomainError('NOT_FOUND', `no transaction ${params.id}`);
  const doc = await platform.models.transaction.findById(params.id).lean();
  const contents = doc === null ? null : await contentsOf(platform.models, person, doc, proof.transaction);
  const { transactionId, code, contract, fn, timestampMs, signature, endorsers, creator } = proof.transaction;
  return {
    ...proof,
    inScope: contents !== null,
    transaction: {
      ...{ transactionId, code, contract, fn, timestampMs, signature, endorsers },
      creator: { mspId: creator.mspId, orgId: doc?.creatorOrgId ?? null },
      ...contents,
    },
  };
}

async function verify({ platform, person, params }: Asked): Promise<unknown> {
  const { sha256 } = await subjectOf(platform.models, person, { kind: 'evidence', id: params.id ?? '' });
  return platform.services.files.verify(sha256, person.userId);
}

async function blocks({ platform, query }: Asked): Promise<unknown> {
  const { page, size } = z
    .object({ page: z.coerce.number(), size: z.coerce.number() })
    .parse({ page: query.page ?? 1, size: query.size ?? 20 });
  const [total, items] = await Promise.all([
    countOf(platform.models.block, {}),
    platform.models.block
      .find()
      .sort({ number: -1 })
      .skip((page - 1) * size)
      .limit(size)
      .lean(),
  ]);
  return { items: items.map((one) => row({ ...one })), total, page, size };
}

export const questions: readonly Question[] = [
  {
    path: '/drafts/{id}/path',
    tag: drafts,
    summary: '资金路径 Legs: planned against actual, with the remainder at every node',
    answer: (asked) => askDraft(asked, 'path'),
  },
  {
    path: '/drafts/{id}/history',
    tag: drafts,
    summary: '变更记录 Every act that the draft keeps',
    answer: async (asked) => ({ items: await askDraft(asked, 'history') }),
  },
  {
    path: '/trace',
    tag: '资金穿透 trace',
    summary: '资金穿透 Source to last payee: nodes, edges and remainders, by exactly one key',
    query: z.object({
      project: z.string().max(200).optional(),
      draft: z.string().max(200).optional(),
      account: z.string().max(200).optional(),
      flow: z.string().max(200).optional(),
      serial: z.string().max(200).optional(),
    }),
    answer: trace,
  },
  {
    path: '/jobs',
    tag: '运行 jobs',
    summary: '运行 Queues, sweeps and the read model, for operators',
    answer: jobs,
  },
  {
    path: '/system-alerts',
    tag: '预警 alerts',
    summary:
      '系统预警 Open alerts about the platform itself: all for administrators, leading office and auditor, else those of one’s own unit',
    answer: async ({ person }) => ({ items: (await openSystemAlerts(person)).map((one) => row({ ...one })) }),
  },
  {
    path: '/evidence/{id}/verify',
    tag: '存证 evidence',
    summary: '核验 Read the file again and compare it with the ledger',
    answer: verify,
  },
  {
    path: '/chain/info',
    tag: chain,
    summary: '链信息 Channel, height and contracts',
    answer: async ({ platform }) => platform.ledger.info(),
  },
  {
    path: '/chain/blocks',
    tag: chain,
    summary: '区块 Blocks, newest first',
    query: z.object({
      page: z.coerce.number().int().min(1).max(1_000_000).default(1),
      size: z.coerce.number().int().min(1).max(200).default(20),
    }),
    answer: blocks,
  },
  {
    path: '/chain/blocks/{number}',
    tag: chain,
    summary: '区块 One block with its transactions',
    answer: block,
  },
  {
    path: '/chain/transactions/{id}',
    tag: chain,
    summary: '交易与证明 A transaction with its proof; what is in it only inside one’s scope',
    answer: transaction,
  },
];
