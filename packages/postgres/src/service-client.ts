import { Client, type ClientConfig } from "pg";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";

export type ServiceClientConfig = ClientConfig & {
  /** Whether statements are prepared by name. Default true. */
  readonly preparedStatements?: boolean;
  /** Called with the name of each statement that is sent. */
  readonly onStatement?: (name: string) => void;
  /** Called when the server has responded to a statement. */
  readonly onResponse?: () => void;
};

/** How long a server may take to end a connection. */
const endMs = 1_000;

/** A connection that knows since when it has been waiting for its server, and that ends though the server does not respond. */
export class ServiceClient extends Client {
  /** When its query was sent, by performance.now(); undefined while no query runs. */
  sentAt: number | undefined;
  /** The process id of its server session, which a pooler's connection does not have by itself. */
  serverPid: number | undefined;

  constructor(config: ServiceClientConfig = {}) {
    super(config);
    let unanswered = 0;
    // The driver's "drain" would not do: a connection that others wait for is never without a statement.
    this.#connection.on("readyForQuery", () => {
      unanswered = Math.max(0, unanswered - 1);
      this.sentAt = unanswered > 0 ? performance.now() : undefined;
      config.onResponse?.();
    });
    const isNamed = config.preparedStatements !== false;
    const send = this.query.bind(this) as (...given: unknown[]) => unknown;
    this.query = ((first: unknown, ...rest: unknown[]) => {
      unanswered += 1;
      this.sentAt ??= performance.now();
      config.onStatement?.(nameOf(first));
      return send(isNamed ? first : withoutName(first), ...rest);
    }) as typeof this.query;
    const end = this.end.bind(this) as (...given: unknown[]) => unknown;
    this.end = ((...given: unknown[]) => {
      const timer = setTimeout(() => this.destroy(), endMs);
      this.once("end", () => clearTimeout(timer));
      return end(...given);
    }) as typeof this.end;
  }

  /** Closes the connection at once; its query fails with the error. */
  destroy(error?: Error): void {
    // The driver has no public way that does not wait for the server.
    this.#connection.stream.destroy(error);
  }

  /** The driver's, which its types lack. */
  get #connection() {
    return (this as unknown as { connection: EventEmitter & { stream: Socket } }).connection;
  }
}

/** The name of a prepared statement, or what begins or ends a transaction; "other" for the rest. */
function nameOf(query: unknown): string {
  if (typeof query === "string") return /^(BEGIN|COMMIT|ROLLBACK)\b/.exec(query)?.[0] ?? "other";
  return (query as { readonly name?: string } | undefined)?.name ?? "other";
}

/** The statement without its name, so that the server keeps nothing of it. */
function withoutName(query: unknown): unknown {
  if (typeof query !== "object" || query === null || !("name" in query) || !("text" in query)) return query;
  return { ...query, name: undefined };
}
