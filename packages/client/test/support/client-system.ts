import { newId } from "@till/ids";
import type { Role } from "@till/rpc/server";
import { newUser } from "../../../../test/support/fixtures.ts";
import { startPaymentSystem } from "../../../../test/support/payment-system.ts";
import { openTcpProxy, type TcpProxy } from "../../../../test/support/tcp-proxy.ts";
import { createTill, type Till, type TillOptions } from "../../src/index.ts";

/** Both services, with clients of theirs that reach them over connections that can be cut. */
export type ClientSystem = Awaited<ReturnType<typeof startClientSystem>>;

/** Starts it. */
export async function startClientSystem() {
  const system = await startPaymentSystem();
  const opened = new DisposableStack();
  const proxies = {
    orders: await openTcpProxy(system.orderAddress),
    payments: await openTcpProxy(system.paymentAddress),
  } satisfies Record<string, TcpProxy>;
  opened.defer(() => Object.values(proxies).forEach((proxy) => proxy.close()));

  return {
    ...system,
    proxies,
    /** A client with options of a test's own, over the proxies. */
    open(options: TillOptions): Till {
      const addresses = { orderAddress: proxies.orders.address, paymentAddress: proxies.payments.address };
      return opened.adopt(createTill({ ...addresses, ...options }), (till) => till.close());
    },
    /** A client of a user, by default a new one; of an admin or a service. */
    as(user = newUser(), role: Role = "user"): Till {
      const bearer = system.token(user, role);
      return this.open({ token: () => bearer, timeoutMs: 30_000 });
    },
    newKey: newId,
    async stop() {
      opened.dispose();
      await system.stop();
    },
  };
}

/** Cuts the connections through a proxy. New ones carry both directions again. */
export function cut(proxy: TcpProxy): void {
  proxy.pass();
  proxy.reset();
}

/** All of an iterable. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The error that a call throws; a call that succeeds fails the test. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded");
}
