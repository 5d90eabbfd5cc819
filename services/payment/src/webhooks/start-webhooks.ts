import type { Db } from "@till/postgres/statements";
import type { Log, Metrics } from "@till/telemetry";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ProviderSettings } from "../provider/provider-settings.ts";
import { startEventHandler, type OnProviderEvent } from "./handle-provider-events.ts";
import { providerEvents } from "../store/provider-events.ts";
import { sandboxWebhooks } from "./sandbox-webhooks.ts";
import { stripeWebhooks } from "./stripe-webhooks.ts";
import { startWebhookServer, type WebhookServer, type WebhookServerOptions } from "./webhook-server.ts";
import type { WebhookSource } from "./webhook-source.ts";
import { webhookTelemetry } from "./webhook-telemetry.ts";

export type StartWebhooksOptions = {
  readonly settings: ProviderSettings;
  readonly host: string;
  readonly port: number;
  readonly db: Pick<Db, "pool">;
  readonly isKnown: WebhookServerOptions["isKnown"];
  readonly onProviderEvent: OnProviderEvent;
  readonly audit: Pick<AuditLog, "rejected">;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
};

/**
 * Starts the endpoint of the provider's webhooks and the worker that handles them; undefined without a webhook secret.
 * Closing stops the endpoint first and completes the events in hand.
 */
export async function startWebhooks(options: StartWebhooksOptions): Promise<WebhookServer | undefined> {
  const { db, onProviderEvent, log, metrics, now } = options;
  const source = sourceFor(options.settings);
  if (!source) return undefined;
  const events = providerEvents(db);
  const telemetry = webhookTelemetry({ log, metrics });
  const handler = startEventHandler({ events, onProviderEvent, telemetry, now }, log);
  try {
    const onRecorded = () => handler.notify();
    const server = await startWebhookServer({ ...options, source, events, telemetry, onRecorded });
    return {
      port: server.port,
      async close() {
        await server.close();
        await handler.close();
      },
    };
  } catch (error) {
    await handler.close();
    throw error;
  }
}

function sourceFor({ kind, webhookSecret: secret }: ProviderSettings): WebhookSource | undefined {
  if (secret === undefined) return undefined;
  return kind === "stripe" ? stripeWebhooks({ secret }) : sandboxWebhooks({ secret });
}
