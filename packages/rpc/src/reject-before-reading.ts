import { Code } from "@connectrpc/connect";
import type { Http2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Deadlines } from "./call.ts";
import { overloaded, type CallQueue } from "./call-queue.ts";
import { nameOf } from "./grpc-service.ts";
import type { Implementation } from "./implement.ts";
import type { ObserveUnread } from "./observe.ts";
import type { ClientAddressOf } from "./peer-address.ts";
import { statusFromError } from "./status.ts";

/** Returns the response to a call that is rejected by its metadata alone. */
export type RejectionOf = (
  headers: IncomingHttpHeaders,
  session: Http2Session,
) => OutgoingHttpHeaders | undefined;

type Options = {
  readonly implementations: readonly Implementation[];
  readonly commands: Pick<CallQueue, "expect">;
  readonly deadlines: Deadlines;
  readonly clientAddressOf: ClientAddressOf;
  readonly observeUnread: ObserveUnread;
};

/**
 * Rejects the commands that a server has no time for before it reads them. Under an overload most commands are rejected:
 * what a rejection costs is taken from the commands that are carried out.
 */
export function rejectBeforeReading({
  implementations,
  commands,
  deadlines,
  clientAddressOf,
  observeUnread,
}: Options): RejectionOf {
  const observers = new Map(
    commandsOf(implementations).map((name) => [`/${name}`, observeUnread(name, Code.ResourceExhausted)]),
  );
  const responses = new Map<number, OutgoingHttpHeaders>();
  return (headers, { socket }) => {
    const observe = observers.get(headers[":path"]!);
    if (!observe || !isGrpc(headers)) return undefined;
    const retryAfterMs = commands.expect({
      remainingMs: timeoutMsOf(headers["grpc-timeout"]) ?? deadlines.defaultMs,
      get peerAddress() {
        return clientAddressOf(socket.remoteAddress ?? "unknown", headers["x-forwarded-for"]);
      },
    });
    if (retryAfterMs === undefined) return undefined;
    observe();
    let response = responses.get(retryAfterMs);
    if (!response) responses.set(retryAfterMs, (response = overloadedResponse(retryAfterMs)));
    return response;
  };
}

function commandsOf(implementations: readonly Implementation[]): string[] {
  return implementations.flatMap(({ service, rpcs }) =>
    service.methods.filter(({ localName }) => rpcs[localName]?.isCommand).map(nameOf),
  );
}

const isGrpc = (headers: IncomingHttpHeaders) => headers["content-type"]?.startsWith("application/grpc");

const unitsMs = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** How long a caller waits, if it says so in the form that gRPC has for it. */
function timeoutMsOf(header: string | string[] | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  return digits === undefined ? undefined : Number(digits) * unitsMs[unit as keyof typeof unitsMs];
}

/** A response of trailers alone. */
function overloadedResponse(retryAfterMs: number): OutgoingHttpHeaders {
  const { code, details, metadata } = statusFromError(overloaded(retryAfterMs), "");
  return {
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-status": code,
    "grpc-message": encodeURI(details),
    ...metadata.toHttp2Headers(),
  };
}
