import { formatTime } from "../layout.ts";
import type { Try } from "./forward-events.ts";

/** A try to forward an event, on one line. */
export function describeTry(attempt: Try, at = new Date()): string {
  const { type, orderId, statusCode, error, durationMs, status, tries, retryInMs } = attempt;
  const then = {
    DELIVERED: tries === 1 ? "" : `, at try ${tries}`,
    RETRYING: `, again in ${(retryInMs ?? 0) / 1000} s`,
    FAILED:
      statusCode === 410 ? ": Till would disable this endpoint" : `, not delivered after ${tries} tries`,
  }[status];
  return `${formatTime(at)}  ${type.padEnd(22)}  ${orderId}  ${statusCode ?? error} in ${durationMs} ms${then}`;
}
