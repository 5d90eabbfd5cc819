import { createClient, type Client } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import type { Bench } from "./bench.ts";
import { watchCpu, type CoresUsed } from "./cpu.ts";
import { fillOrders } from "./fill-orders.ts";
import { quantilesOf, type Quantiles } from "./load/quantiles.ts";
import { orderOnLocalBus, startService } from "./services.ts";

export type ListFigures = {
  readonly ordersInAll: number;
  readonly lists: readonly ListRun[];
};

type ListRun = {
  readonly list: string;
  readonly orders: number;
  readonly first: Quantiles;
  /** Pages that begin behind nine tenths of the list, or behind 90,000 orders. */
  readonly deep: Quantiles;
  readonly pagesASecond: number;
  readonly cores: CoresUsed | undefined;
};

const ordersInAll = 1_000_000;
const calls = 300;

/** ListOrders with a million orders in the database: the first page and a deep one, 50 orders each. */
export async function measureList(bench: Bench): Promise<ListFigures> {
  const { server, sandbox, log } = bench;
  const database = "till_bench_list";
  const databaseUrl = await server.createDatabase(database);
  const profileFolder = bench.profileFolder("list");
  const service = await startService({
    ...{ name: "order", script: orderOnLocalBus, databaseUrl, sandbox, profileFolder },
  });
  log(`filling the tables with ${ordersInAll.toLocaleString("en")} orders`);
  const users = await fillOrders(databaseUrl, ordersInAll);
  await server.checkpoint();

  const transport = grpcTransport({
    address: `127.0.0.1:${service.port}`,
    token: () => sandbox.token(),
    timeoutMs: 15_000,
  });
  const client = createClient(OrderService, transport);
  const lists: ListRun[] = [];
  for (const { name, userId, orders } of [
    ...users,
    { name: "everybody's", userId: "", orders: ordersInAll },
  ]) {
    const deepToken = await tokenBehind(client, userId, Math.min(orders * 0.9, 90_000));
    // In turns, so that what disturbs one disturbs the other.
    const [first, deep]: [number[], number[]] = [[], []];
    const processes = { order: service.child.pid, client: process.pid };
    const stopWatching = watchCpu({ processes, postmaster: server.postmaster });
    const startedAt = performance.now();
    for (let call = 0; call < calls; call++) {
      first.push(await timed(client, userId, ""));
      deep.push(await timed(client, userId, deepToken));
    }
    const pagesASecond = (2 * calls * 1000) / (performance.now() - startedAt);
    const cores = stopWatching();
    const run = { first: quantilesOf(Float64Array.from(first)), deep: quantilesOf(Float64Array.from(deep)) };
    lists.push({ list: name, orders, ...run, pagesASecond, cores });
    log(
      `ListOrders, ${name} ${orders}: first page p50 ${run.first.p50Ms.toFixed(1)}, deep p50 ${run.deep.p50Ms.toFixed(1)} ms`,
    );
  }
  transport.close();
  await service.child.stop();
  await server.dropDatabase(database);
  return { ordersInAll, lists };
}

async function tokenBehind(
  client: Client<typeof OrderService>,
  userId: string,
  orders: number,
): Promise<string> {
  let pageToken = "";
  for (let seen = 0; seen < orders; seen += 200) {
    pageToken = (await client.listOrders({ userId, pageSize: 200, pageToken })).nextPageToken;
  }
  return pageToken;
}

async function timed(
  client: Client<typeof OrderService>,
  userId: string,
  pageToken: string,
): Promise<number> {
  const startedAt = performance.now();
  const { orders } = await client.listOrders({ userId, pageSize: 50, pageToken });
  if (orders.length !== 50) throw new Error(`a page of 50 has ${orders.length} orders`);
  return performance.now() - startedAt;
}
