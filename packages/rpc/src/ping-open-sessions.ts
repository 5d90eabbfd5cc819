import type { Http2Session } from "node:http2";

/**
 * Lets the keepalive of grpc-js ping a session only while it is open. A session that is closed serves its last calls, in a
 * drain or at the end of its age; Node does not ping it any more, and grpc-js, which tries to, would end those calls.
 */
export function pingOnlyWhileOpen(session: Http2Session): void {
  const ping = session.ping.bind(session) as (...args: PingArguments) => boolean;
  session.ping = (...args: unknown[]) => {
    if (!session.closed) return ping(...(args as PingArguments));
    const callback = args.at(-1) as Callback;
    process.nextTick(callback, null, 0, Buffer.alloc(8));
    return true;
  };
}

type Callback = (error: Error | null, durationMs: number, payload: Buffer) => void;
type PingArguments = [Callback] | [NodeJS.ArrayBufferView, Callback];
