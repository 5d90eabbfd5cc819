import { testDatabase } from "./database.ts";
import { startOrderProcess, type OrderProcess } from "./order-process.ts";
import { openTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** An order service in a process of its own, with a proxy before its Postgres. */
export type ProxiedOrderProcess = AsyncDisposable & {
  readonly order: OrderProcess;
  readonly proxy: TcpProxy;
};

/** Starts it with these settings over its own. */
export async function startProxiedOrderProcess(
  env: Readonly<Record<string, string>> = {},
): Promise<ProxiedOrderProcess> {
  await using starting = new AsyncDisposableStack();
  const database = await testDatabase();
  starting.defer(() => database.drop());
  const url = new URL(database.url);
  const proxy = await openTcpProxy(url.host);
  starting.defer(() => proxy.close());
  url.host = proxy.address;
  const order = await startOrderProcess({ DATABASE_URL: url.href, ...env });
  starting.defer(() => order.stop());
  const running = starting.move();
  return { order, proxy, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
