import { hostname } from "node:os";
import type { CreatedWebhookEndpoint, NewWebhookEndpoint } from "../../outgoing-webhooks.ts";
import type { Till } from "../../till.ts";

const mark = (pid: number | string) => `till listen on ${hostname()}, process ${pid}`;

/** Creates an endpoint that belongs to this process, and deletes those of processes of this machine that have ended. */
export async function createTemporaryEndpoint(
  { webhooks: { endpoints } }: Till,
  endpoint: Omit<NewWebhookEndpoint, "description">,
): Promise<CreatedWebhookEndpoint> {
  for await (const { id, description = "" } of endpoints.list())
    if (isAbandoned(description)) await endpoints.delete(id);
  return endpoints.create({ ...endpoint, description: mark(process.pid) });
}

function isAbandoned(description: string): boolean {
  const pid = Number(description.split(" ").at(-1));
  return description === mark(pid) && (pid === process.pid || !isRunning(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process cannot be signalled.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
