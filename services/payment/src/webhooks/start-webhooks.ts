import type { Db } from "@till/postgres/statements";
import type { Log, Metrics } from "@till/telemetry";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ProviderSettings } from "../provider/provider-settings.ts";
import { startEventHandler, type OnNews } from "./handle-provider-events.ts";
import { providerEvents } from "./provider-events.ts";
import { sandboxWebhooks } from "./sandbox-webhooks.ts";
import { stripeWebhooks } from "./stripe-webhooks.ts";
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";
import type { WebhookSource } from "./webhook-source.ts";
import { webhookTelemetry } from "./webhook-telemetry.ts";

export type StartWebhooksOptions = {
  readonly settings: ProviderSettings;
  readonly host: string;
  readonly port: number;
  readonly db: Pick<Db, "pool">;
  readonly onNews: OnNews;
  readonly audit: Pick<AuditLog, "refused">;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
};

/**
 * Opens the door for the provider's webhooks and looks after what comes through it; undefined where there is no
 * secret to know them by. Closing it takes no more, and finishes what is in hand.
 */
export async function startWebhooks(options: StartWebhooksOptions): Promise<WebhookServer | undefined> {
  const { db, onNews, log, metrics, now } = options;
  const source = sourceFor(options.settings);
  if (!source) return undefined;
  const events = providerEvents(db);
  const telemetry = webhookTelemetry({ log, metrics });
  const handler = startEventHandler({ events, onNews, telemetry, now }, log);
  try {
    const onRecorded = () => handler.notify();
    const door = await startWebhookServer({ ...options, source, events, telemetry, onRecorded });
    return {
      port: door.port,
      async close() {
        await door.close();
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
