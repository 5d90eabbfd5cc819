import { subscribe } from "node:diagnostics_channel";
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";

/** How many streams of a connection a client may reset: so many at once, and so many a second. */
type ResetRate = { readonly atOnce: number; readonly perSecond: number };

/** Fewer than a server of Node's takes. */
const resetsOfOthers: ResetRate = { atOnce: 800, perSecond: 25 };

/** Fewer than Till's own servers take (`http2Limits`). */
const resetsOfOwn: ResetRate = { atOnce: 4_000, perSecond: 400 };

/** The user agent of clients whose server is one of Till's. */
export const ownUserAgent = "till";

/** Node's own announcement of each stream of a client: grpc-js does not show its connections. */
const created = "http2.client.stream.created";

const resetEveryMs = 50;

let isWatching = false;

/**
 * Spreads the resets of each connection of grpc-js in time, from now on: a server closes a connection, with all callers'
 * calls, of which too many streams are reset. A call that is cancelled, or whose deadline passes, ends at once for its
 * caller, and grpc-js drops what still arrives; its stream is reset when that is due, unless the server has ended it by then.
 */
export function spreadResets(): void {
  if (isWatching) return;
  isWatching = true;
  const connections = new WeakMap<ClientHttp2Session, Resets>();
  subscribe(created, (message) => {
    const { stream, headers } = message as { stream: ClientHttp2Stream; headers: OutgoingHttpHeaders };
    const session = stream.session as ClientHttp2Session | undefined;
    const userAgent = String(headers["user-agent"]);
    if (!session || !userAgent.includes("grpc-node-js/")) return;
    let resets = connections.get(session);
    if (!resets) connections.set(session, (resets = resetsOf(session, rateOf(userAgent))));
    resets.add(stream);
  });
}

type Resets = { readonly add: (stream: ClientHttp2Stream) => void };

function resetsOf(session: ClientHttp2Session, { atOnce, perSecond }: ResetRate): Resets {
  const due = new Map<ClientHttp2Stream, () => void>();
  let allowed = atOnce;
  let countedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function mayReset(): boolean {
    // A connection that is closed has no calls but its last ones, and waits for them.
    if (session.closed) return true;
    const now = performance.now();
    allowed = Math.min(atOnce, allowed + ((now - countedAt) * perSecond) / 1_000);
    countedAt = now;
    if (allowed < 1) return false;
    allowed -= 1;
    return true;
  }

  function resetDue(): void {
    timer = undefined;
    for (const [stream, reset] of due) {
      if (!mayReset()) break;
      due.delete(stream);
      reset();
    }
    wait();
  }

  function wait(): void {
    if (due.size > 0) timer ??= setTimeout(resetDue, resetEveryMs).unref();
  }

  return {
    add(stream) {
      const close = stream.close.bind(stream);
      stream.close = (code, callback) => {
        if (due.has(stream)) return;
        if (stream.closed || (due.size === 0 && mayReset())) return close(code, callback);
        due.set(stream, () => close(code, callback));
        stream.once("close", () => due.delete(stream));
        wait();
      };
    },
  };
}

function rateOf(userAgent: string): ResetRate {
  return userAgent.startsWith(`${ownUserAgent} `) ? resetsOfOwn : resetsOfOthers;
}
