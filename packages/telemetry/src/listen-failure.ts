/** A server's port belongs to another process. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
  readonly port: number;

  constructor(message: string, port: number) {
    super(message);
    this.port = port;
  }
}

type Address = { readonly host: string; readonly port: number };

/** Builds the error of a server that cannot listen: one line with what it would have served, where, and why not. */
export function listenFailure(what: string, { host, port }: Address, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const line = `cannot serve ${what} on ${host}:${port}`;
  // grpc-js has it in the message alone.
  if (reason.includes("EADDRINUSE")) return new PortTaken(`${line}: the port is taken`, port);
  return new Error(`${line}: ${reason}`, { cause });
}
