/** A person's own notifications: how many are new, the list, and marking them as read. */
import type { Person } from '../member/person.ts';
import { DomainError } from '../kernel/errors.ts';
import { NotificationModel, type Notification } from './notification.schema.ts';

/** What the service needs from outside. */
export interface NotificationDeps {
  readonly now: () => Date;
}

/** Which of one's notifications a list shows. */
export interface NotificationList {
  readonly unreadOnly: boolean;
  /** Type of event, '' for all. */
  readonly type: string;
  readonly skip: number;
  readonly limit: number;
}

type Owner = Pick<Person, 'userId'>;

/** Reads and marks one person's notifications; nobody reaches another's. */
export class NotificationService {
  readonly #deps: NotificationDeps;

  constructor(deps: NotificationDeps) {
    this.#deps = deps;
  }

  /** How many the person has not read. */
  async unread({ userId }: Owner): Promise<number> {
    return NotificationModel.countDocuments({ userId, readAt: null });
  }

  /** One page, newest first, with the total. */
  async list({ userId }: Owner, asked: NotificationList): Promise<{ rows: Notification[]; total: number }> {
    const filter = {
      userId,
      ...(asked.unreadOnly ? { readAt: null } : {}),
      ...(asked.type === '' ? {} : { type: asked.type }),
    };
    const [rows, total] = await Promise.all([
      NotificationModel.find(filter)
        .sort({ at: -1, _id: -1 })
        .skip(asked.skip)
        .limit(asked.limit)
        .lean<Notification[]>(),
      NotificationModel.countDocuments(filter),
    ]);
    return { rows, total };
  }

  /** Marks one as read; a second time keeps the first. @returns where it leads @throws DomainError NOT_FOUND */
  async markRead({ userId }: Owner, id: string): Promise<string> {
    const found = await NotificationModel.findOne({ _id: id, userId }).lean();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such notification');
    await NotificationModel.updateOne({ _id: id, readAt: null }, { $set: { readAt: this.#deps.now() } });
    return found.link;
  }

  /** Marks all as read. @returns how many were not */
  async markAllRead({ userId }: Owner): Promise<number> {
    const marked = await NotificationModel.updateMany(
      { userId, readAt: null },
      { $set: { readAt: this.#deps.now() } },
    );
    return marked.modifiedCount;
  }
}
