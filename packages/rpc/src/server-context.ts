import type { AnonymousStreams } from "./anonymous-streams.ts";
import type { Deadlines } from "./call.ts";
import type { CallQueue } from "./call-queue.ts";
import type { CallRates } from "./call-rates.ts";
import type { CallObserver } from "./observe.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { PeerAddressOf } from "./peer-address.ts";
import type { VerifyToken } from "./verify-token.ts";

/** What every RPC of a server shares. */
export type ServerContext = {
  readonly verify: VerifyToken;
  readonly observe: (method: string) => CallObserver;
  readonly peerAddressOf: PeerAddressOf;
  readonly deadlines: Deadlines;
  readonly streamDeadlines: Deadlines;
  readonly rates: CallRates;
  readonly streams: OpenStreams;
  readonly anonymousStreams: AnonymousStreams;
  readonly commands: CallQueue;
  readonly largestRequestBytes: number;
  /** Turns an error of the service's own infrastructure into one for callers; returns every other error as it is. */
  readonly mapError: (error: unknown) => unknown;
};
