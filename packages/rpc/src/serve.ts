import { addressResets } from "./address-resets.ts";
import { anonymousStreams } from "./anonymous-streams.ts";
import { AppError } from "./app-error.ts";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { listenFailure, type Log, type Metrics, type Readiness } from "@till/telemetry";
import { setTimeout as delay } from "node:timers/promises";
import type { Deadlines } from "./call.ts";
import { callRates } from "./call-rates.ts";
import type { ServerContext } from "./server-context.ts";
import { commandQueue } from "./command-queue.ts";
import { countLimits } from "./count-limits.ts";
import { endlessPaths, grpcService } from "./grpc-service.ts";
import { guardConnections } from "./guard-connections.ts";
import { guardRequests } from "./guard-requests.ts";
import { health } from "./health.ts";
import type { Implementation } from "./implement.ts";
import {
  completeLimits,
  http2Limits,
  keepaliveResponseMs,
  largestReceivedBytes,
  type GivenLimits,
} from "./limits.ts";
import { clientAddresses, inNetworks, peerAddresses } from "./peer-address.ts";
import { observeCalls, type OnRefused } from "./observe.ts";
import { trackStreams } from "./open-streams.ts";
import type { RateStore } from "./rates.ts";
import { rejectBeforeReading } from "./reject-before-reading.ts";
import { reflection } from "./reflection.ts";
import { warmUpValidation } from "./validate.ts";
import type { VerifyToken } from "./verify-token.ts";

export type ServeOptions = {
  readonly services: readonly Implementation[];
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** TLS, and of whom certificates are required; left out: in the clear. */
  readonly credentials?: ServerCredentials | undefined;
  readonly verify: VerifyToken;
  /** Addresses or networks of the gateways and proxies whose x-forwarded-for counts. Left out: none. */
  readonly trustedProxies?: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Health is NOT_SERVING while something is missing. */
  readonly readiness?: Readiness | undefined;
  readonly reflection?: boolean;
  readonly deadlines?: Deadlines;
  /** The same for streams: a caller that is still there goes on with another one. */
  readonly streamDeadlines?: Deadlines;
  /** What callers may make the server hold; left out: the defaults. */
  readonly limits?: GivenLimits;
  /** Where the rates of calls are counted, where there are any; left out: in this process. */
  readonly rateStore?: RateStore | undefined;
  /** Maps what a handler throws and is no AppError: an AppError is final, whatever its cause. */
  readonly mapError?: ServerContext["mapError"];
  /** Receives every call that was denied access. */
  readonly onAccessDenied?: OnRefused | undefined;
};

export type RunningServer = {
  readonly port: number;
  /** Says NOT_SERVING, ends streams, lets other calls finish, and after `graceMs` ends those that do not. */
  drain(graceMs?: number): Promise<void>;
};

const inThisProcess: RateStore = { redisUrl: undefined, redisCa: undefined };

// What grpc-js would print to stderr by itself is thrown or logged here, in one line and in words.
setLogVerbosity(logVerbosity.NONE);

/** Serves gRPC with health and reflection. Throws, naming the port, when it cannot listen. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { services, host, log } = options;
  const descriptors = services.map(({ service }) => service);
  const healthState = health(descriptors.map(({ typeName }) => typeName));
  let isDraining = false;
  const followReadiness = () => healthState.setServing(!isDraining && !options.readiness?.missing().length);
  followReadiness();
  options.readiness?.onChange(followReadiness);
  const extras = [healthState.implementation];
  if (options.reflection !== false) {
    extras.push(...reflection([...descriptors, healthState.implementation.service]));
  }

  const hourMs = 60 * 60_000;
  const streamDeadlines = options.streamDeadlines ?? { defaultMs: hourMs, longestMs: hourMs };
  const streams = trackStreams();
  const limits = completeLimits(options.limits);
  const onLimit = countLimits(options.metrics);
  const isTrustedProxy = inNetworks(options.trustedProxies ?? []);
  const server = new Server({
    "grpc.max_receive_message_length": Math.max(largestReceivedBytes, limits.requestBytes),
    "grpc.max_send_message_length": limits.responseBytes,
    "grpc.max_concurrent_streams": limits.streamsPerConnection,
    "grpc.max_connection_idle_ms": limits.connectionIdleMs,
    "grpc.keepalive_time_ms": limits.keepaliveMs,
    "grpc.keepalive_timeout_ms": Math.min(keepaliveResponseMs, limits.keepaliveMs),
    "grpc.max_connection_age_ms": limits.connectionAgeMs,
    // What runs on the old connection then has its own deadline.
    "grpc.max_connection_age_grace_ms": streamDeadlines.longestMs + 60_000,
  });
  allowResets(server);
  const { observe, observeUnread } = observeCalls(options);
  const context: ServerContext = {
    verify: options.verify,
    observe,
    peerAddressOf: peerAddresses(isTrustedProxy),
    deadlines: options.deadlines ?? { defaultMs: 15_000, longestMs: 60_000 },
    streamDeadlines,
    streams,
    rates: callRates({ ...options, limits, store: options.rateStore ?? inThisProcess, onLimit }),
    anonymousStreams: anonymousStreams(limits.anonymousStreamsPerAddress, onLimit),
    commands: commandQueue({ ...options, limits, onLimit }),
    largestRequestBytes: limits.requestBytes,
    mapError: (error) => (error instanceof AppError ? error : (options.mapError?.(error) ?? error)),
  };
  const implementations = [...services, ...extras];
  for (const implementation of implementations) {
    const { definition, handlers } = grpcService(implementation, context);
    server.addService(definition, handlers);
  }
  for (const { methods } of descriptors) methods.forEach(({ input }) => warmUpValidation(input));
  const bound = await bind(server, options);
  const resets = addressResets({ limits, isTrustedProxy, onLimit });
  const guards = [
    guardConnections({ port: bound, limits, isTrustedProxy, resets, onLimit }),
    guardRequests({
      port: bound,
      limits,
      resets,
      isEndless: endlessPaths(implementations),
      rejectionOf: rejectBeforeReading({
        ...{ ...context, implementations, observeUnread },
        clientAddressOf: clientAddresses(isTrustedProxy),
      }),
      onLimit,
    }),
  ];
  log.info({ host, tls: options.credentials !== undefined, port: bound }, "serving grpc");
  return {
    port: bound,
    async drain(graceMs = 10_000) {
      isDraining = true;
      followReadiness();
      // After this turn of the event loop: a watcher of the health receives it before its stream ends.
      setImmediate(() => streams.endAll());
      const timer = new AbortController();
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const late = delay(graceMs, "late", { signal: timer.signal, ref: false }).catch(() => "in time");
      if ((await Promise.race([drained, late])) === "late") server.forceShutdown();
      timer.abort();
      guards.forEach((end) => end());
      context.commands.close();
      await context.rates.close();
    },
  };
}

/** What grpc-js makes its HTTP/2 servers with is private, and has no option for resets. */
function allowResets(server: Server): void {
  const { resets: streamResetBurst, resetsPerSecond: streamResetRate } = http2Limits;
  Object.assign(server["commonServerOptions"], { streamResetBurst, streamResetRate });
}

function bind(server: Server, { host, port, credentials }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(listenFailure("gRPC", { host, port }, error));
      else resolve(bound);
    });
  });
}
