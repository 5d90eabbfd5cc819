import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { Psp } from "./psp.ts";

/**
 * GET /psp/ledger: every entry, oldest first, of one order, payment or time where given. With `limit` it is a page: `next`
 * names the entry to pass as `after` for the next page, and is left out on the last.
 */
export function getLedger({ ledger }: Psp): RouteHandlerMethod {
  return ({ query }, reply) => {
    const { limit, ...filter } = parse(ledgerQuery, query);
    const entries = ledger.entries(filter);
    return reply.send(limit === undefined ? { entries: [...entries] } : pageOf(entries, limit));
  };
}

type LedgerPage = { readonly entries: readonly LedgerEntry[]; readonly next?: string };

function pageOf(entries: Iterable<LedgerEntry>, limit: number): LedgerPage {
  const page: LedgerEntry[] = [];
  for (const entry of entries) {
    if (page.length === limit) return { entries: page, next: page.at(-1)!.id };
    page.push(entry);
  }
  return { entries: page };
}

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((time) => new Date(time).toISOString());

const ledgerQuery = z.strictObject({
  order_id: z.string().optional(),
  payment_id: z.string().optional(),
  from: moment.optional(),
  until: moment.optional(),
  after: z.string().optional(),
  limit: z
    .string("give it once")
    .regex(/^\d{1,4}$/, "must be a whole number")
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 1_000, "must be 1 to 1000")
    .optional(),
});
