import { parseArgs } from "node:util";
import type { Scope } from "../rules/reconciliation.ts";

export const help = `Compares payments with the provider's ledger and with the orders.

npm run reconcile -- [--from <time>] [--until <time>] [--repair]

  --from <time>   only payments created at or after this time, such as 2026-01-31 or 2026-01-31T12:00:00Z;
                  left out: 24 hours ago
  --until <time>  only payments created before this time; left out: a minute ago
  --repair        sync payments that differ from the provider; the service then refunds or voids what should not have
                  been taken, such as a charge of a payment that is FAILED. Without it nothing is changed
  --help          this text

Its settings are the payment service's own. Progress goes to stderr, the result to stdout.
Exit code: 0 everything agrees or was repaired, 1 something does not agree, 2 it could not be completed.`;

/** Parses the command line. Throws an Error with the reason. */
export function argumentsFrom(args: readonly string[], now: Date): Omit<Scope, "id"> | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: "string" },
      until: { type: "string" },
      repair: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const from = timeFrom("--from", values.from) ?? new Date(now.getTime() - 24 * 60 * minuteMs);
  const until = timeFrom("--until", values.until) ?? new Date(now.getTime() - minuteMs);
  if (from >= until) throw new Error("--until must be after --from");
  return { from, until, repairs: values.repair };
}

const minuteMs = 60_000;

/** In UTC unless the time has an offset: the result must not depend on the machine's time zone. */
function timeFrom(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = new Date(text);
  if (!isTime || Number.isNaN(time.getTime()))
    throw new Error(`${option} is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z: ${text}`);
  return time;
}
