import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { CallOptions, CommandOptions } from "./call-options.ts";
import { newKey } from "./new-key.ts";
import { pause, pauseBeforeRetry } from "./retry.ts";
import { tillErrorFrom } from "./till-error-from.ts";
import { TillError } from "./till-error.ts";
import { anotherToken, tokenOf, type TokenSource } from "./token.ts";

/** What is common to every call of a client. */
export type CallSettings = {
  readonly token: TokenSource;
  readonly timeoutMs: number;
  readonly maxRetries: number;
};

/** Calls on one service, over gRPC or Connect. */
export type Calls = {
  /** Makes a call that changes nothing. */
  query<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<MessageShape<O>>;
  /** Makes a call that changes something, under one idempotency key. */
  command<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CommandOptions,
  ): Promise<MessageShape<O>>;
  /** Opens a stream, once: its consumer resumes it. It has a deadline only where the options have one. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options: StreamOptions,
  ): AsyncGenerator<MessageShape<O>>;
  readonly settings: CallSettings;
};

type StreamOptions = {
  readonly token: string;
  readonly requestId: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
};

/** Calls over a transport. They throw a TillError, or the reason of the caller's own signal. */
export function callsOver(transport: Transport, settings: CallSettings): Calls {
  async function query<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { signal, timeoutMs = settings.timeoutMs, requestId = newKey() }: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const deadline = performance.now() + timeoutMs;
    signal?.throwIfAborted();
    let token = await tokenOf(settings.token);
    let isTokenRenewed = false;
    for (let retries = 0; ;) {
      try {
        const leftMs = leftUntil(deadline);
        const headers = headersOf(token, requestId);
        return (await transport.unary(method, signal, leftMs, headers, request)).message;
      } catch (error) {
        signal?.throwIfAborted();
        const failure = tillErrorFrom(error, requestId);
        if (failure.code === "UNAUTHENTICATED" && !isTokenRenewed) {
          const another = await anotherToken(settings.token, token);
          if (another === undefined) throw failure;
          [token, isTokenRenewed] = [another, true];
          continue;
        }
        const pauseMs = retries < settings.maxRetries ? pauseBeforeRetry(failure, retries) : undefined;
        if (pauseMs === undefined || performance.now() + pauseMs >= deadline) throw failure;
        await pause(pauseMs, signal);
        retries++;
      }
    }
  }

  return {
    settings,
    query,
    command: (method, request, { idempotencyKey = newKey(), ...options } = {}) =>
      query(method, { ...request, idempotencyKey }, options),
    async *stream(method, request, { token, requestId, timeoutMs, signal }) {
      const closing = new AbortController();
      const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      try {
        const headers = headersOf(token, requestId);
        const { message } = await transport.stream(method, either, timeoutMs, headers, only(request));
        yield* message;
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof TillError ? error : tillErrorFrom(error, requestId);
      } finally {
        // A consumer that has seen enough leaves no stream open, whatever the transport does of itself.
        closing.abort();
      }
    },
  };
}

/** Whole milliseconds, as deadlines travel. */
export function leftUntil(deadline: number): number {
  return Math.max(Math.ceil(deadline - performance.now()), 1);
}

function headersOf(token: string, requestId: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, "x-request-id": requestId };
}

async function* only<Message>(message: Message): AsyncGenerator<Message> {
  yield await Promise.resolve(message);
}
