import type { Log } from "@till/telemetry";
import { Pool, type PoolClient } from "pg";
import { isPoolTimeout } from "./unavailable.ts";
import { ServiceClient } from "./service-client.ts";
import { applySettings, type SessionSettings } from "./session-settings.ts";

export type PoolOptions = {
  readonly url: string;
  readonly log: Log;
  readonly poolSize?: number;
  readonly settings: SessionSettings;
  /** Whether statements are prepared by name, once a connection. Default true. */
  readonly preparedStatements?: boolean;
};

/**
 * A pool of which every connection has the settings. It connects when it is used. Connections whose server does not
 * respond can be thrown away, and while the server is unreachable no caller waits for a connection.
 */
export class ServicePool extends Pool {
  readonly #clients = new Set<ServiceClient>();
  readonly #idle = new Set<ServiceClient>();
  #isReachable = true;
  /** How many statements were sent, by name: by the pool's connections, and by sessions that are opened beside it. */
  readonly statementsSent: ReadonlyMap<string, number>;
  /** When the server last responded to one of them, by performance.now(). */
  readonly respondedAt: () => number;

  constructor({ url, log, poolSize = 10, settings, preparedStatements = true }: PoolOptions) {
    const sent = new Map<string, number>();
    let respondedAt = -Infinity;
    const onStatement = (name: string) => void sent.set(name, (sent.get(name) ?? 0) + 1);
    const onResponse = () => void (respondedAt = performance.now());
    const forClients = { preparedStatements, onStatement, onResponse, keepAliveInitialDelayMillis: 5_000 };
    super({
      ...forClients,
      Client: ServiceClient,
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: waitMs,
      keepAlive: true,
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool awaits it, which its types lack
      onConnect: async (client) => {
        (client as unknown as ServiceClient).serverPid = await applySettings(client, settings);
      },
    });
    this.statementsSent = sent;
    this.respondedAt = () => respondedAt;
    this.on("error", (error) => log.warn({ err: error }, "a database connection broke"));
    const own = (client: PoolClient) => client as unknown as ServiceClient;
    this.on("connect", (client) => this.#clients.add(own(client)));
    this.on("acquire", (client) => this.#idle.delete(own(client)));
    this.on("release", (_, client) => this.#idle.add(own(client)));
    this.on("remove", (client) => {
      this.#clients.delete(own(client));
      this.#idle.delete(own(client));
    });
    const take = this.connect.bind(this) as (callback: Connected) => void;
    this.connect = ((callback?: Connected) =>
      callback ? this.#take(take, callback) : this.#promise(take)) as typeof this.connect;
  }

  /** Takes a connection, and waits for it again where the process was stopped meanwhile: its time-out is the stop's. */
  #take(take: (callback: Connected) => void, callback: Connected): void {
    if (!this.#isReachable) return callback(unreachable());
    const since = performance.now();
    take((error, client, release) => {
      if (!isPoolTimeout(error)) return callback(error, client, release);
      const wasStopped = performance.now() - since > waitMs + stopMs;
      // The responses that have arrived meanwhile come first, and free their connections.
      setImmediate(() => (wasStopped ? this.#take(take, callback) : callback(error)));
    });
  }

  #promise(take: (callback: Connected) => void): Promise<PoolClient> {
    return new Promise((resolve, reject) =>
      this.#take(take, (error, client) => (error ? reject(error) : resolve(client!))),
    );
  }

  /** The connections that have been waiting for their server for longer than this. */
  waitingFor(ms: number): readonly ServiceClient[] {
    const before = performance.now() - ms;
    return [...this.#clients].filter(({ sentAt }) => sentAt !== undefined && sentAt < before);
  }

  /** Throws away these connections, and the idle ones, which have not been tried yet. */
  throwAway(clients: readonly ServiceClient[]): void {
    for (const client of [...clients, ...this.#idle]) client.destroy(unreachable());
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** While the server is unreachable, taking a connection fails at once. */
  setReachable(isReachable: boolean): void {
    this.#isReachable = isReachable;
  }

  /** Ends the pool, and after a while those of its connections that are still open. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.throwAway([...this.#clients]), endMs);
    await this.end().finally(() => clearTimeout(timer));
  }
}

/** How long a caller waits for a connection. */
const waitMs = 2_000;
/** A timer that is so late was held up by the process. */
const stopMs = 250;
const endMs = 2_000;

type Connected = (error?: Error, client?: PoolClient, release?: () => void) => void;

/** With the SQLSTATE of a connection that failed. */
function unreachable(): Error {
  return Object.assign(new Error("the database does not respond"), { code: "08006" });
}
