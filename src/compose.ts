/** The composition root: the only file that opens connections and builds services. Web, worker and commands share it. */
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { sha256Hex } from '#kernel/canonical-json.ts';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import type { EmbeddedLedger } from './blockchain/embedded/embedded-ledger.ts';
import { PlatformKeyStore } from './blockchain/identity/key-store.ts';
import { createProjectionHeight } from './blockchain/projector/projection-height.ts';
import { retryingLedger } from './blockchain/retrying-ledger.ts';
import type { Config } from './config.ts';
import { checkQueue } from './jobs/check.names.ts';
import { joinedHints, matchingQueue } from './jobs/matching.job.ts';
import { noticeQueue } from './jobs/notification.names.ts';
import { sweepIntervals, sweepQueue } from './jobs/sweep.names.ts';
import { createLog } from './log.ts';
import { clockOffsetMs } from './servers/clock-offset.ts';
import { ActionService } from './models/action/action.service.ts';
import { ApplicationService } from './models/application/application.service.ts';
import { AccountService } from './models/account/account.service.ts';
import { WatchService } from './models/alert/watch.service.ts';
import { announceBankChange, onBankChange } from './models/bank/bank-changes.ts';
import { BankDoor } from './models/bank/bank-door.service.ts';
import { BankService } from './models/bank/bank.service.ts';
import { BankProfileService } from './models/bank-profile/bank-profile.service.ts';
import { RefusedSignatures } from './models/bank/refused-signatures.service.ts';
import { connectDocumentStore } from './models/connection.ts';
import { FileService } from './models/file/file.service.ts';
import { FileStore } from './models/file/file.store.ts';
import { InboxService } from './models/inbox/inbox.service.ts';
import { entriesTo } from './models/inbox/ingest.ledger.ts';
import { IngestService } from './models/inbox/ingest.service.ts';
import { PreviewService } from './models/inbox/preview.service.ts';
import { IssuerService } from './models/issuer/issuer.service.ts';
import { mongoKeyStorage } from './models/key/key.storage.ts';
import { LedgerActionService } from './models/ledger-action/ledger-action.service.ts';
import { failureKind } from './models/ledger-action/failure-kind.rules.ts';
import { EnrolmentService } from './models/member/enrolment.service.ts';
import { JoiningService } from './models/member/joining.service.ts';
import { ApprovalService } from './models/project/approval.service.ts';
import { HomeService } from './models/home/home.service.ts';
import { SearchService } from './models/search/search.service.ts';
import { NotificationService } from './models/notification/notification.service.ts';
import { OperationsService } from './models/operation/operations.service.ts';
import { PlanningService } from './models/project/planning.service.ts';
import { PersonService } from './models/member/person.service.ts';
import { Checkpoints } from './models/read-model/checkpoints.ts';
import { ReadModelCheckService } from './models/read-model/check.service.ts';
import { ensureReadModelIndexes, readModels } from './models/read-model/read-models.ts';
import { StatementFileStore } from './models/statement/statement-file.store.ts';
import { StatementService } from './models/statement/statement.service.ts';
import { SystemAlertService, type SystemCause } from './models/system-alert/system-alert.service.ts';
import { TokenService } from './models/token/token.service.ts';
import { openLedger } from './open-ledger.ts';
import { createSealer } from './sealer.ts';
import { RedisGuard } from './servers/redis-guard.ts';

/** Longest that a command of Redis is waited for on behalf of a request, ms; the guard notices sooner. */
const commandTimeoutMs = 5_000;
/** User id of the machine role `platform`. */
export const platformUserId = 'platform';

/** Everything a process works with; inferred, so that a new service is added in one place. */
export type Platform = Awaited<ReturnType<typeof compose>>;

/** Parts that a test brings ready made. */
export interface ComposeParts {
  /** A ledger in this process, in place of the one behind the socket. */
  readonly ledger?: EmbeddedLedger;
}

/** Opens connections and builds the services of one process. @throws when a server cannot be reached */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- inferred, so that a service is named once
export async function compose(config: Config, processName: string, parts: ComposeParts = {}) {
  const log = createLog(processName, config.logLevel);
  const now = (): Date => new Date();
  const connection = await connectDocumentStore(config.mongodbUri);
  await ensureIndexes();
  const redis = new Redis(redisAddress(config.redisUrl), { maxRetriesPerRequest: null });
  // What a request waits for goes over a connection of its own, on which no command waits for long.
  const quickRedis = redis.duplicate({ commandTimeout: commandTimeoutMs });
  const redisGuard = new RedisGuard(quickRedis);
  const awayLog = (error: Error): void => log.warn({ err: error.message }, 'Redis away');
  for (const one of [redis, quickRedis]) one.on('error', awayLog);
  const opened = await openLedger(config, parts.ledger ?? config.ledgerSocket, { processName, log });
  const ledger = retryingLedger(opened.ledger);
  const models = readModels(connection);
  const checkpoints = new Checkpoints(connection, config.channel);
  const isReadModelWhole = (): Promise<boolean> => checkpoints.isWhole();
  const height = createProjectionHeight({ read: async () => (await checkpoints.read())?.height ?? 0 });
  const keys = new PlatformKeyStore({
    storage: mongoKeyStorage,
    authorities: opened.authorities,
    encryptionKey: Buffer.from(config.keyEncryptionKey, 'hex'),
    revoke: opened.revoke,
    now,
  });
  const sealer = (purpose: string): ReturnType<typeof createSealer> =>
    createSealer(config.keyEncryptionKey, purpose);
  const actions = new LedgerActionService({ ledger, keys, height });
  const matching = new Queue(matchingQueue, { connection: quickRedis });
  const checks = new Queue(checkQueue, { connection: quickRedis });
  const notices = new Queue(noticeQueue, { connection: quickRedis });
  for (const one of [matching, checks, notices]) one.on('error', awayLog);
  const accounts = new AccountService({ sealer: sealer('totp'), now });
  const files = new FileService({
    store: new FileStore({
      folder: join(config.dataDir, 'files'),
      maxBytes: config.uploadMaxMb * 1024 * 1024,
    }),
    anchor: (userId, args) =>
      actions.act(userId, {
        contract: 'evidence',
        fn: 'anchor',
        args: {
          requestId: `anchor-${sha256Hex(`${args.sha256}|${args.owner.kind}|${args.owner.id}`).slice(0, 40)}`,
          ...args,
        },
      }),
    anchored: async (_userId, sha256) => (await models.evidence.findOne({ sha256 }).lean())?.record ?? null,
    now,
  });
  const enrolment = new EnrolmentService({ actions, accounts, keys });
  const issuer = new IssuerService({ sealer: sealer('issuer-keys'), now });
  const planning = new PlanningService(models);
  const systemAlerts = new SystemAlertService({ now, calendar: () => planning.calendar() });
  const alert = (cause: SystemCause): Promise<string> => systemAlerts.raise(cause);
  const bankDoor = new BankDoor({ sealer: sealer('bank-keys'), now });
  onBankChange(redis, (bankId) => bankDoor.forget(bankId));
  const hint = joinedHints(matching);
  const bankProfiles = new BankProfileService({ now });
  const profileOf = (bankId: string): ReturnType<typeof bankProfiles.own> => bankProfiles.own(bankId);
  const inbox = new InboxService({
    now,
    alert,
    profileOf,
    hint: (messageId, flowKeys) => redisGuard.run(() => hint({ messageId, flowKeys })),
  });
  const statementFiles = new StatementFileStore(join(config.dataDir, 'statements'));
  const services = {
    actions,
    accounts,
    files,
    pageActions: new ActionService({ models, actions, now, issuerKey: (orgId) => issuer.ensureKey(orgId) }),
    applications: new ApplicationService({ actions, now }),
    planning,
    approvals: new ApprovalService({ actions, planning, issuer, now }),
    people: new PersonService({ accounts, models }),
    enrolment,
    joining: new JoiningService({ actions, enrolment, models }),
    issuer,
    banks: new BankService({
      sealer: sealer('bank-keys'),
      now,
      announce: async (bankId) => {
        bankDoor.forget(bankId);
        await redisGuard.run(() => announceBankChange(redis, bankId)).catch(() => undefined);
      },
    }),
    bankDoor,
    previews: new PreviewService(models, profileOf),
    refusedSignatures: new RefusedSignatures({ now, alert }),
    inbox,
    bankProfiles,
    statementFiles,
    statements: new StatementService({
      store: statementFiles,
      models,
      profileOf: (bankId) => bankProfiles.of(bankId),
      take: (batch, entries) => inbox.take(batch, entries),
      alert,
      isReadModelWhole,
      now,
    }),
    ingest: new IngestService({
      submit: entriesTo(actions),
      kindOf: failureKind,
      now,
    }),
    watch: new WatchService({
      models,
      tick: async (args) => {
        await actions.submit(platformUserId, { contract: 'alert', fn: 'tick', args });
      },
      now,
      unmatchedDays: { yellow: config.unmatchedYellowDays, red: config.unmatchedRedDays },
    }),
    systemAlerts,
    readModelCheck: new ReadModelCheckService({ ledger, connection, now, alert }),
    tokens: new TokenService({ redis: redisGuard.wrap(quickRedis), now }),
    notifications: new NotificationService({ now }),
    home: new HomeService(models),
    search: new SearchService(models),
    operations: new OperationsService({
      redis: quickRedis,
      ledger,
      height,
      queues: [matching, checks, notices],
      sweepQueue,
      clock: async () =>
        config.ntpServer === 'none' ? null : clockOffsetMs(config.ntpServer).catch(() => null),
      sweeps: sweepIntervals,
    }),
  };
  const close = async (): Promise<void> => {
    await Promise.all([matching.close(), checks.close(), notices.close(), services.operations.close()]);
    await ledger.close();
    redisGuard.close();
    quickRedis.disconnect();
    redis.disconnect();
    await connection.close();
  };
  return {
    config,
    log,
    now,
    connection,
    redis,
    quickRedis: redisGuard.wrap(quickRedis),
    redisGuard,
    ledger,
    nodes: opened.nodes,
    models,
    height,
    isReadModelWhole,
    keys,
    queues: { matching, checks },
    services,
    close,
  };
}

async function ensureIndexes(): Promise<void> {
  await ensureReadModelIndexes(mongoose.connection);
  for (const name of mongoose.modelNames())
    if (!name.startsWith('ledger.')) await mongoose.model(name).createIndexes();
}

/** ioredis takes the bare path of a socket. */
function redisAddress(url: string): string {
  return url.replace(/^(redis\+)?unix:\/\//, '');
}
