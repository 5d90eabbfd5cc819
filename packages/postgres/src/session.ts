import type { Client, Pool } from "pg";
import { ServiceClient } from "./service-client.ts";

/**
 * Opens a connection of its own to the pool's database, for a worker that keeps locks or settings on it. The server
 * lists it under `name`. A connection that breaks makes the next query fail.
 */
export async function openSession({ options }: Pool, name: string): Promise<Client> {
  const client = new ServiceClient({
    ...options,
    password: options.password, // the pool keeps it from being copied
    application_name: name,
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  });
  // Without a listener a connection that breaks while idle would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await (options.onConnect as ((client: Client) => Promise<void>) | undefined)?.(client);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
