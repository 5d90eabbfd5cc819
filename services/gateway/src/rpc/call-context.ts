import { createContextKey, type ConnectError } from "@connectrpc/connect";

/** One RPC on its way through the gateway. */
export type RpcCall = {
  readonly address: string;
  readonly requestId: string;
  /** The headers of the upstream call, once the call is admitted. */
  headers: Readonly<Record<string, string>>;
  /** Whether it was rejected or forwarded: it has an outcome that is typed. */
  isDecided: boolean;
  /** What its admission rejects it with, whatever the request is. */
  rejection?: ConnectError;
};

export const rpcCall = createContextKey<RpcCall>({
  ...{ address: "", requestId: "", headers: {}, isDecided: false },
});
