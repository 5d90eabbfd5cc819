/** Fewer than a server takes: Node's allows a connection a thousand resets at once, and 33 a second. */
const most = 800;
const perSecond = 25;

/**
 * Tells of each call that is cancelled whether it may be so at its server, too. A server closes a connection, with
 * everybody's calls, of which too many streams are reset: beyond so many, a call whose caller has gone comes to its end.
 */
export function fewCancels(): () => boolean {
  let allowed = most;
  let countedAt = performance.now();
  return () => {
    const now = performance.now();
    allowed = Math.min(most, allowed + ((now - countedAt) * perSecond) / 1_000);
    countedAt = now;
    if (allowed < 1) return false;
    allowed -= 1;
    return true;
  };
}
