/** Live updates: one server-sent event per block that concerns the person; the page then fetches what changed. */
import { Router, type Response } from 'express';
import type { Redis } from 'ioredis';
import { domainEvent } from '#kernel/records/events.ts';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { liveChannel, noticeChannel } from '../jobs/live.ts';
import { personOf } from '../middleware/person.ts';
import type { Person } from '../models/member/person.ts';
import { inScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';

const heartbeatMs = 20_000;
const message = z.object({ block: z.number(), height: z.number(), events: z.array(domainEvent) });
const notice = z.object({ userIds: z.array(z.string()) });
type LiveMessage = z.infer<typeof message>;

/** Somebody who listens; asked again at each heartbeat whether he still may. */
interface Listener {
  readonly person: Person;
  readonly res: Response;
}

/** The stream of live events, one subscription to the channel for all who listen. */
export function liveRoutes({ redis, height, log, services }: Platform): Router {
  const router = Router();
  const listeners = new Set<Listener>();
  const subscriber: Redis = redis.duplicate();
  subscriber.on('error', (error) => log.warn({ err: error.message }, 'live channel away'));
  void subscriber
    .subscribe(liveChannel, noticeChannel)
    .catch((error: unknown) => log.warn({ err: error }, 'live channel away'));
  subscriber.on('message', (channel, text) => {
    if (channel === noticeChannel) {
      const { userIds } = notice.parse(JSON.parse(text));
      for (const listener of listeners) if (userIds.includes(listener.person.userId)) tellNotice(listener);
      return;
    }
    const live = message.parse(JSON.parse(text));
    height.note(live.height);
    for (const listener of listeners) tell(listener, live);
  });
  // A connection that is lost comes back; only one that was ended is over.
  redis.once('end', () => subscriber.disconnect());

  router.get(paths.live, (req, res) => {
    const person = personOf(req);
    // A person who has already gone on never closes again, and would be kept for good.
    if (req.socket.destroyed) return;
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    res.write('retry: 2000\n\n');
    const listener = { person, res };
    listeners.add(listener);
    const beat = setInterval(() => {
      services.people.bySignInName(person.username).then(
        (still) => (still === null ? res.end() : res.write(': beat\n\n')),
        () => res.end(),
      );
    }, heartbeatMs);
    res.on('close', () => {
      clearInterval(beat);
      listeners.delete(listener);
    });
  });
  return router;
}

/** Says that the person has a new notification. */
function tellNotice({ res }: Listener): void {
  res.write(`event: block\ndata: ${JSON.stringify({ topics: ['notice'] })}\n\n`);
}

/** Names the objects that changed; nothing about objects outside the person's scope. */
function tell({ person, res }: Listener, live: LiveMessage): void {
  const seen = live.events.filter((event) =>
    inScope(
      person,
      {
        division: event.division,
        parties: event.orgIds,
        draftParties: event.orgIds,
        contract: event.type.split('.')[0] ?? '',
      },
      'activity',
    ),
  );
  const topics = new Set(['height', ...seen.flatMap(topicsOf)]);
  res.write(
    `id: ${live.height}\nevent: block\ndata: ${JSON.stringify({ height: live.height, topics: [...topics] })}\n\n`,
  );
}

function topicsOf({ subject }: LiveMessage['events'][number]): string[] {
  const named: [string, string | undefined][] = [
    ['project', subject.projectId],
    ['draft', subject.draftId],
    ['flow', subject.flowKey],
    ['alert', subject.alertId],
  ];
  return ['todo', ...named.filter(([, id]) => id !== undefined).map(([kind, id]) => `${kind}:${id ?? ''}`)];
}
