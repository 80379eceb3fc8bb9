/** The one event of a transaction: an envelope with the list of domain events. Ids only; no personal data, no amounts. */
import { z } from 'zod';

export const domainEvent = z.object({
  /** For example project.applied, draft.issued, leg.registered, leg.matched, leg.mismatch, flow.ingested, alert.raised. */
  type: z.string(),
  subject: z.object({
    projectId: z.string().optional(),
    draftId: z.string().optional(),
    legId: z.string().optional(),
    flowKey: z.string().optional(),
    alertId: z.string().optional(),
    orgId: z.string().optional(),
    id: z.string().optional(),
  }),
  /** Organisations concerned, for scoping of live updates. */
  orgIds: z.array(z.string()).default([]),
  division: z.string().default(''),
});
/** What a transaction tells the world: what happened, to which objects, and whom it concerns. */
export type DomainEvent = z.infer<typeof domainEvent>;
/** Name of the chaincode event that carries the envelope. */
export const envelopeName = 'fupin';
export const eventEnvelope = z.object({ v: z.literal(1), events: z.array(domainEvent) });
