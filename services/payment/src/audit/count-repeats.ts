import { countedAddress } from "@till/rpc/addresses";
import type { AuditFact } from "../store/audit-facts.ts";
import type { AuditLog } from "./audit-log.ts";

/** Of rejected accesses that are alike, so many have an entry of their own within the time. */
const mostAlike = 20;
const withinMs = 60_000;

type Alike = { count: number; readonly repeats: AuditFact };

/**
 * Keeps a caller from filling the audit log: of accesses of one actor from one address that are rejected alike, the first
 * twenty of a minute are entries of their own, and the others one entry with their number.
 */
export function countRepeats(audit: AuditLog): AuditLog {
  const seen = new Map<string, Alike>();
  let timer: NodeJS.Timeout | undefined;

  function recordRepeats(): void {
    clearTimeout(timer);
    timer = undefined;
    const all = [...seen.values()];
    seen.clear();
    for (const { count, repeats } of all)
      if (count > mostAlike) audit.rejected({ ...repeats, details: { repeats: count - mostAlike } });
  }

  return {
    rejected(access) {
      const { actor, action, userId, result, peerAddress: peer } = access;
      const peerAddress = peer === undefined ? undefined : countedAddress(peer);
      const repeats = { actor, action, userId, result, peerAddress };
      const key = JSON.stringify(repeats);
      const alike = seen.get(key) ?? { count: 0, repeats };
      alike.count += 1;
      seen.set(key, alike);
      timer ??= setTimeout(recordRepeats, withinMs).unref();
      if (alike.count <= mostAlike) audit.rejected(access);
    },
    close() {
      recordRepeats();
      return audit.close();
    },
  };
}
