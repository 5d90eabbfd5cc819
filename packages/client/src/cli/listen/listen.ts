import type { Till } from "../../till.ts";
import { isTillError, type TillError } from "../../till-error.ts";
import { verifyWebhook } from "../../verify-webhook.ts";
import { startForwarding, type ForwardedEvent, type ForwardedEvents, type Try } from "./forward-events.ts";
import { createTemporaryEndpoint } from "./temporary-endpoint.ts";
import { startWebhookReceiver, type PostedWebhook } from "./webhook-receiver.ts";

/** What to listen to, and where to forward it. */
export type Listening = {
  readonly target: URL;
  readonly eventTypes: readonly string[];
  /** What forwarded webhooks are signed with. */
  readonly secret: string;
  readonly host: string;
  readonly port: number;
  /** Where Till reaches the port of this machine. */
  readonly publicUrl: string | undefined;
};

/** What is shown to a person meanwhile. */
export type ListenReport = {
  listening(endpointId: string): void;
  tried(attempt: Try): void;
  /** The endpoint could not be deleted. */
  left(endpointId: string, error: TillError): void;
  stopped(events: ForwardedEvents): void;
};

/**
 * Forwards events until the signal is aborted: they come in by an endpoint of this process, which is deleted then, and are
 * acknowledged to Till at once, so that what a target misses is tried again here, soon, and not by Till's long pauses.
 */
export async function listen(
  till: Till,
  { target, eventTypes, secret, host, port, publicUrl }: Listening,
  report: ListenReport,
  signal: AbortSignal,
): Promise<void> {
  const forwarding = startForwarding({ target, secret }, (attempt) => report.tried(attempt));
  let endpointSecret: string | undefined;
  const receiver = await startWebhookReceiver({ host, port }, async (webhook) => {
    const event = endpointSecret === undefined ? undefined : await eventFrom(webhook, endpointSecret);
    if (event) forwarding.add(event);
    return event ? 204 : 400;
  });
  try {
    const url = `${(publicUrl ?? `http://${host}:${receiver.port}`).replace(/\/+$/, "")}${receiver.path}`;
    const { id, secret: shown } = await createTemporaryEndpoint(till, { url, eventTypes });
    endpointSecret = shown;
    report.listening(id);
    await untilAborted(signal);
    await till.webhooks.endpoints.delete(id, { timeoutMs: 5_000 }).catch((error: unknown) => {
      if (!isTillError(error)) throw error;
      report.left(id, error);
    });
    report.stopped(await forwarding.close());
  } finally {
    receiver.close();
    await forwarding.close();
  }
}

/** The event in a webhook, or undefined where it is not signed for the endpoint of this process. */
async function eventFrom(
  { headers, body }: PostedWebhook,
  secret: string,
): Promise<ForwardedEvent | undefined> {
  const message = await verifyWebhook(headers, body, secret).catch(() => undefined);
  if (!message) return undefined;
  const { type, data } = message.payload as {
    readonly type: string;
    readonly data: { readonly orderId: string };
  };
  return { id: message.id, type, orderId: data.orderId, body };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
