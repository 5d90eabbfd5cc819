import type { RouteHandlerMethod } from "fastify";
import { Readable } from "node:stream";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/ledger: every movement of money, oldest first; of one order, payment or time where asked. */
export function getLedger({ ledger }: Psp): RouteHandlerMethod {
  return ({ query }, reply) => {
    const entries = ledger.entries(parse(ledgerQuery, query));
    return reply.type("application/json").send(Readable.from(jsonOf(entries)));
  };
}

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((time) => new Date(time).toISOString());

const ledgerQuery = z.strictObject({
  order_id: z.string().optional(),
  payment_id: z.string().optional(),
  from: moment.optional(),
  until: moment.optional(),
});

/** Written piece by piece: a full ledger is a few hundred megabytes of text. */
function* jsonOf(entries: Iterable<LedgerEntry>): Generator<string> {
  let piece = '{"entries":[';
  let comma = "";
  for (const entry of entries) {
    piece += comma + JSON.stringify(entry);
    comma = ",";
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}]}`;
}
