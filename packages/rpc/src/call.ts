import { randomUUID } from "node:crypto";
import { Metadata, type ServerUnaryCall, type ServerWritableStream } from "@grpc/grpc-js";
import { appError } from "./app-error.ts";
import type { Caller } from "./caller.ts";
import { requestIdFrom } from "./request-id.ts";
import type { PeerAddressOf } from "./peer-address.ts";
import { traceparentFor } from "./trace-context.ts";

export type WireCall = ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

/** How long a call may take: unless the caller says so, and at most. */
export type Deadlines = { readonly defaultMs: number; readonly longestMs: number };

/**
 * One call as its handler sees it: who calls, until when, under which names. What a handler does not ask for
 * (an abort signal, a trace) is not made; that keeps the hot path short.
 */
export class Call {
  /** The RPC, as `till.order.v1.OrderService/CreateOrder`. */
  readonly method: string;
  /** When the caller stops waiting, in epoch milliseconds. */
  readonly deadline: number;
  /** The client's address, with its port where it is connected itself. Kept, because a connection that is closed has none any more. */
  readonly peerAddress: string;
  readonly startedAt = performance.now();
  readonly #wire: WireCall;
  #caller: Caller | undefined;
  #requestId: string | undefined;
  #traceparent: string | undefined;
  #abort: AbortController | undefined;
  #trailer: Metadata | undefined;
  #hasResponded = false;

  constructor(method: string, wire: WireCall, deadlines: Deadlines, peerAddressOf: PeerAddressOf) {
    this.method = method;
    this.#wire = wire;
    this.peerAddress = peerAddressOf(wire);
    this.deadline = deadlineOf(wire, deadlines);
  }

  get caller(): Caller {
    if (this.#caller) return this.#caller;
    throw appError("UNAUTHENTICATED", "this call needs a bearer token");
  }

  set caller(caller: Caller) {
    this.#caller = caller;
  }

  /** The caller, or undefined while it is not known: an audit of rejected calls needs it. */
  get knownCaller(): Caller | undefined {
    return this.#caller;
  }

  /** The caller's x-request-id, or one of ours: the correlation id in logs and INTERNAL errors. */
  get requestId(): string {
    this.#requestId ??= requestIdFrom(this.header("x-request-id")) ?? randomUUID();
    return this.#requestId;
  }

  get traceparent(): string {
    this.#traceparent ??= traceparentFor(this.header("traceparent"));
    return this.#traceparent;
  }

  /** The span that this call is handled in. */
  set traceparent(traceparent: string) {
    this.#traceparent = traceparent;
  }

  get idempotencyKey(): string | undefined {
    return this.header("idempotency-key");
  }

  /** Aborts when the caller is gone or out of time. Hand it to every downstream call. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      if (this.#wire.cancelled) abort.abort();
      // It comes after each call, also after a successful one.
      else this.#wire.on("cancelled", () => this.#hasResponded || abort.abort());
    }
    return this.#abort.signal;
  }

  /** Milliseconds left. */
  get remainingMs(): number {
    return this.deadline - Date.now();
  }

  /** What a call made on behalf of this one carries on: its cancellation, the time that is left, its names. */
  forward(): { signal: AbortSignal; timeoutMs: number; headers: Record<string, string> } {
    const headers = { "x-request-id": this.requestId, traceparent: this.traceparent };
    return { signal: this.signal, timeoutMs: Math.max(this.remainingMs, 1), headers };
  }

  /** Throws when the caller does not wait for the response any more. Call it before the first irreversible step. */
  requireTime(): void {
    if (this.remainingMs <= 0)
      throw appError("DEADLINE_EXCEEDED", "the deadline has passed; nothing was done");
    if (this.#wire.cancelled) throw appError("CANCELLED", "the caller has gone; nothing was done");
  }

  /** The first value of a request header, if it is text. */
  header(name: string): string | undefined {
    const value = this.#wire.metadata.get(name)[0];
    return typeof value === "string" ? value : undefined;
  }

  /** Sets a trailer of the answer. */
  setTrailer(name: string, value: string): void {
    this.#trailer ??= new Metadata();
    this.#trailer.set(name, value);
  }

  get trailer(): Metadata | undefined {
    return this.#trailer;
  }

  abort(): void {
    this.#abort?.abort();
  }

  /** The response is being sent: from now on the signal does not abort. */
  responded(): void {
    this.#hasResponded = true;
  }
}

function deadlineOf(wire: WireCall, deadlines: Deadlines): number {
  const requested = wire.getDeadline();
  const requestedMs = requested instanceof Date ? requested.getTime() : requested;
  const now = Date.now();
  if (!Number.isFinite(requestedMs)) return now + deadlines.defaultMs;
  return Math.min(requestedMs, now + deadlines.longestMs);
}
