import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/**
 * A transport over fetch whose failures have the code that gRPC has for them: a connection that cannot be made or is cut is
 * UNAVAILABLE. Fetch reports it as a TypeError, which Connect takes for UNKNOWN.
 */
export function unavailableWhereCut(transport: Transport): Transport {
  return {
    async unary(...call) {
      return transport.unary(...call).catch(rethrow);
    },
    async stream(...call) {
      const response = await transport.stream(...call).catch(rethrow);
      return { ...response, message: untilCut(response.message) };
    },
  };
}

async function* untilCut<Message>(messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (error) {
    rethrow(error);
  }
}

function rethrow(error: unknown): never {
  if (!(error instanceof ConnectError) || error.code !== Code.Unknown || !isCut(error)) throw error;
  throw new ConnectError(error.rawMessage, Code.Unavailable, error.metadata, undefined, error.cause);
}

/** What Connect reports of a stream that ends without its last message. */
const unfinished = "missing EndStreamResponse";

function isCut({ cause, rawMessage }: ConnectError): boolean {
  return cause instanceof TypeError || rawMessage === unfinished;
}
