import { Code } from "@connectrpc/connect";
import { Histogram, type Registry } from "prom-client";
import { callBuckets, type Log } from "@till/telemetry";
import { AppError } from "./app-error.ts";
import type { Call } from "./call.ts";
import { isAccessDenied } from "./access-denied.ts";

/** Records the end of one call; `error` is undefined where it succeeded. */
export type CallObserver = (call: Call, error: unknown) => void;

/** Records each call of a method that was rejected unread; the same code for all. */
export type ObserveUnread = (method: string, code: Code) => () => void;

/** Receives each call that was denied access. It must be quick; its errors are logged and go no further. */
export type OnRefused = (call: Call, error: AppError) => void;

type ObserveOptions = {
  readonly log: Log;
  readonly metrics: Registry;
  readonly onAccessDenied?: OnRefused | undefined;
};

/** How often a log line reports the calls that were rejected unread. */
const unreadEveryMs = 1_000;

/**
 * Logs and counts every call of a server: failures of ours as errors, the caller's at info, successes at debug. Denied
 * accesses are reported. Calls that are rejected unread are counted in the log, too: one line each would cost more than
 * rejecting them does.
 */
export function observeCalls({ log, metrics, onAccessDenied }: ObserveOptions): {
  readonly observe: (method: string) => CallObserver;
  readonly observeUnread: ObserveUnread;
} {
  const duration = new Histogram({
    name: "grpc_server_handling_seconds",
    help: "Time from a call's arrival to its answer, by method and gRPC code.",
    labelNames: ["method", "code"],
    buckets: callBuckets,
    registers: [metrics],
  });
  function observe(method: string): CallObserver {
    const ok = duration.labels(method, "OK");
    return (call, error) => {
      const seconds = (performance.now() - call.startedAt) / 1000;
      if (error === undefined) {
        ok.observe(seconds);
        if (log.isLevelEnabled("debug")) log.debug(factsOf(call, seconds), "rpc ok");
        return;
      }
      const code = error instanceof AppError ? error.code : Code.Internal;
      duration.labels(method, Code[code]).observe(seconds);
      logFailure(log, call, seconds, error);
      if (onAccessDenied && isAccessDenied(error)) tell(onAccessDenied, call, error, log);
    };
  }

  function observeUnread(method: string, code: Code): () => void {
    let calls = 0;
    const report = () => {
      log.info({ method, code: Code[code], calls }, "rpcs rejected unread");
      calls = 0;
    };
    return () => {
      duration.labels(method, Code[code]).observe(0);
      if (calls === 0) setTimeout(report, unreadEveryMs).unref();
      calls += 1;
    };
  }

  return { observe, observeUnread };
}

function tell(onAccessDenied: OnRefused, call: Call, error: AppError, log: Log): void {
  try {
    onAccessDenied(call, error);
  } catch (failure) {
    log.error({ err: failure, method: call.method }, "a denied access could not be reported");
  }
}

function logFailure(log: Log, call: Call, seconds: number, error: unknown): void {
  const facts = factsOf(call, seconds);
  if (!(error instanceof AppError)) log.error({ ...facts, err: error }, "rpc failed unexpectedly");
  else if (error.code === Code.Unavailable) {
    log.warn({ ...facts, reason: error.reason, err: error.facts.cause }, "rpc unavailable");
  } else log.info({ ...facts, reason: error.reason }, "rpc rejected");
}

function factsOf(call: Call, seconds: number): Record<string, unknown> {
  return { method: call.method, request_id: call.requestId, ms: Math.round(seconds * 1e5) / 100 };
}
