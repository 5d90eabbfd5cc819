import { leftUntil, type Calls } from "./calls.ts";
import { newKey } from "./new-key.ts";
import { jittered, pause } from "./retry.ts";
import { isTillError, type TillError } from "./till-error.ts";
import { anotherToken, tokenOf } from "./token.ts";
import type { WatchOptions } from "./watch-options.ts";

/** A message of a watch, as the services stream it. */
type Message = { readonly version: bigint; readonly isLast: boolean };

type Source<Streamed extends Message> = {
  /** Opens the stream after a version, or with a snapshot. */
  readonly open: (
    afterVersion: bigint | undefined,
    options: Parameters<Calls["stream"]>[2],
  ) => AsyncIterable<Streamed>;
  /** Names an entry within its version, or is undefined for a snapshot. */
  readonly idOf: (message: Streamed) => string | undefined;
};

/**
 * Follows a stream over cuts, restarts and expired tokens: resumes after the last version that came in whole, so that each
 * entry comes once. Throws the last failure when it could not be resumed for a minute, and at once what a repeat cannot
 * mend, such as ORDER_NOT_FOUND.
 */
export async function* watchOver<Streamed extends Message>(
  { settings }: Pick<Calls, "settings">,
  { open, idOf }: Source<Streamed>,
  { afterVersion, signal, timeoutMs, requestId = newKey() }: WatchOptions,
): AsyncGenerator<Streamed> {
  const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  let resumeAfter = afterVersion === undefined ? undefined : BigInt(afterVersion);
  /** Entries of the version that is not complete yet: they come again where the stream is cut between them. */
  const seen = new Set<string>();
  let failingSince: number | undefined;
  let retries = 0;
  let renewedToken: string | undefined;
  let token = await tokenOf(settings.token);
  for (;;) {
    signal?.throwIfAborted();
    const openedAt = performance.now();
    try {
      const leftMs = deadline === Infinity ? undefined : leftUntil(deadline);
      for await (const message of open(resumeAfter, { token, requestId, signal, timeoutMs: leftMs })) {
        [failingSince, retries, renewedToken] = [undefined, 0, undefined];
        resumeAfter = message.version;
        const id = idOf(message);
        const isNew = id === undefined || !seen.has(id);
        if (message.isLast) seen.clear();
        else if (id !== undefined) seen.add(id);
        if (isNew) yield message;
      }
    } catch (error) {
      if (!isTillError(error) || !canResume(error, deadline)) throw error;
      if (performance.now() - openedAt > steadyMs)
        [failingSince, retries, renewedToken] = [undefined, 0, undefined];
      failingSince ??= performance.now();
      if (performance.now() - failingSince > longestOutageMs) throw error;
      if (error.code === "UNAUTHENTICATED") {
        const another = token === renewedToken ? undefined : await anotherToken(settings.token, token);
        if (another === undefined) throw error;
        [renewedToken, token] = [another, another];
        continue;
      }
    }
    // A stream that the server ends without an error is resumed, too.
    await pause(jittered(retries++), signal);
    token = await tokenOf(settings.token);
  }
}

/** A stream that was open as long as this was not failing. */
const steadyMs = 10_000;
const longestOutageMs = 60_000;

/** Servers end streams after an hour with DEADLINE_EXCEEDED, and when they stop, with UNAVAILABLE. */
function canResume({ code, retryAfterMs }: TillError, deadline: number): boolean {
  if (code === "DEADLINE_EXCEEDED") return performance.now() < deadline;
  return (
    code === "UNAVAILABLE" || code === "UNAUTHENTICATED" || (code === "ABORTED" && retryAfterMs !== undefined)
  );
}
