import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { startRelay } from "@till/events/outbox";
import { deadLetterOperations, eventTables, relayTables } from "@till/events/tables";
import { newId } from "@till/ids";
import { tokenFrom } from "@till/rpc/client";
import { runUntilSignal, serve, verifyTokens } from "@till/rpc/server";
import { createLog, createMetrics, serveMetrics } from "@till/telemetry";
import type { Pool } from "pg";
import { DataSource } from "typeorm";
import { orderConfig } from "../../../services/order/src/config.ts";
import { watchOrders } from "../../../services/order/src/store/order-changes.ts";
import { routes } from "../../../services/order/src/routes.ts";
import { orderTelemetry } from "../../../services/order/src/telemetry.ts";
import { connectUpstreams } from "../../../services/order/src/upstreams/connect-upstreams.ts";
import { historyEntity, itemEntity, orderEntity, outboxEntity } from "./entities.ts";
import { saveStore } from "./save-store.ts";

/**
 * What the order service is compared with: the same server, validation, lookups, rules and relay, but the rows written
 * by TypeORM's save(), on tables of its own in an empty database of its own.
 */
await runUntilSignal("typeorm-service", async () => {
  const config = orderConfig();
  const log = createLog({ service: "typeorm-service", level: config.logLevel });
  const metrics = createMetrics({ service: "typeorm-service" });
  const dataSource = await new DataSource({
    type: "postgres",
    url: config.databaseUrl,
    entities: [orderEntity, itemEntity, historyEntity, outboxEntity],
    synchronize: true,
    uuidExtension: "pgcrypto",
    installExtensions: false,
    poolSize: config.poolSize,
  }).initialize();
  for (const statement of [...eventTables, ...deadLetterOperations, ...relayTables])
    await dataSource.query(statement);
  const { master: pool } = dataSource.driver as unknown as { readonly master: Pool };
  const now = () => new Date();
  const db = { dataSource, pool, now, close: () => dataSource.destroy() };
  const bus = localBus({ log });
  const relay = startRelay({ db, bus, source: "till/order", log, metrics });

  const { close: closeUpstreams, ...upstreams } = connectUpstreams({
    config,
    token: tokenFrom(config.serviceToken),
    store: memoryStore(),
    metrics,
  });
  const services = routes({
    db,
    store: saveStore({ dataSource, newId, onEvents: () => relay.notify() }),
    ...upstreams,
    changes: watchOrders({ db, log }),
    policies: config.policies,
    telemetry: orderTelemetry({ log, metrics }),
    newId,
    now,
  });
  const { host, port, metricsPort } = config;
  const server = await serve({ services, host, port, verify: verifyTokens(config.tokens), log, metrics });
  const metricsServer = await serveMetrics({ metrics, host, port: metricsPort });
  return async () => {
    await server.drain();
    await relay.close();
    closeUpstreams();
    await metricsServer.close();
    await bus.close();
    await db.close();
  };
});
