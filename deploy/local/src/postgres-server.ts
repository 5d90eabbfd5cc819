import { join } from "node:path";
import { type Embedded, startEmbedded } from "@till/embedded-postgres";
import type { StackServer, StartOptions } from "./stack-server.ts";

export type PostgresServer = StackServer & {
  /** As the superuser. The databases till_order, till_payment and till_webhook are there, and `postgres`. */
  readonly url: (database: string) => string;
};

/** The embedded server, as `npm start` runs it. */
export async function startPostgres({ folder, port: wanted, log }: StartOptions): Promise<PostgresServer> {
  const launch = (port: number) =>
    startEmbedded({
      dataDir: join(folder, "postgres"),
      port,
      databases: ["till_order", "till_payment", "till_webhook"],
      log,
    });
  const first = await launch(wanted ?? 0);
  let running: Embedded | undefined = first;

  async function stop(): Promise<void> {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  }
  async function start(): Promise<void> {
    running ??= await launch(first.port);
  }
  return { port: first.port, url: first.url, start, stop, discard: stop };
}
