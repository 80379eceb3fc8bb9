/** The chain browser: what everybody may see of blocks and transactions, contents only inside one's scope, and proof. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { contentsOf } from '../models/chain/contents.service.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import { paths } from '../paths.ts';

/** Routes of the ledger's pages: its state, one block, one transaction. */
export function chainRoutes({ models, ledger, nodes }: Platform): Router {
  const router = Router();
  router.get(paths.chain, async (_req, res) => {
    const [info, blocks, seen] = await Promise.all([
      ledger.info(),
      models.block.find().sort({ number: -1 }).limit(30).lean(),
      nodes?.nodes() ?? null,
    ]);
    const [newest, oldest] = [blocks.at(0), blocks.at(-1)];
    const seconds =
      newest === undefined || oldest === undefined
        ? 0
        : (newest.timestamp.getTime() - oldest.timestamp.getTime()) / 1000;
    const transactions = blocks.reduce((sum, one) => sum + one.transactions, 0);
    res.render('chain/overview', {
      title: t('chain.title'),
      info,
      blocks,
      nodes: seen,
      interval: blocks.length > 1 ? (seconds / (blocks.length - 1)).toFixed(2) : '—',
      rate: seconds > 0 ? Math.round((transactions / seconds) * 60) : 0,
    });
  });
  router.get(`${paths.chain}/blocks/:number`, async (req, res) => {
    const number = Number(req.params.number);
    const block = Number.isSafeInteger(number) ? await models.block.findOne({ number }).lean() : null;
    if (block === null) throw new DomainError('NOT_FOUND', 'no such block');
    const transactions = await models.transaction.find({ block: number }).sort({ txIndex: 1 }).lean();
    res.render('chain/block', {
      title: t('chain.blockNo', { number }),
      block,
      transactions,
      onFabric: nodes !== null,
      names: await namesOf(models, { orgs: transactions.map((one) => one.creatorOrgId) }),
    });
  });
  router.get(`${paths.chain}/transactions/:id`, async (req, res) => {
    const person = personOf(req);
    const doc = await models.transaction.findById(req.params.id).lean();
    const proof = await ledger.transaction(req.params.id);
    if (doc === null || proof === null) throw new DomainError('NOT_FOUND', 'no such transaction');
    res.render('chain/transaction', {
      title: t('receipt.transaction'),
      doc,
      proof,
      contents: await contentsOf(models, person, doc, proof.transaction),
      endorsers: proof.transaction.endorsers,
      pretty,
      visible,
      names: await namesOf(models, { orgs: [doc.creatorOrgId] }),
    });
  });
  return router;
}

/** JSON in readable form; anything else as it is. */
function pretty(text: string | null): string {
  try {
    return JSON.stringify(JSON.parse(text ?? ''), null, 2);
  } catch {
    return text ?? '';
  }
}

/** A composite key with its separators made visible. */
function visible(key: string): string {
  return key.split('\u0000').filter(Boolean).join(' ~ ');
}
