import { newId } from "@till/ids";
import type { Role } from "@till/rpc/server";
import { openDeafLine, type DeafLine } from "../../../../test/support/deaf-line.ts";
import { newUser } from "../../../../test/support/fixtures.ts";
import { startPaymentSystem } from "../../../../test/support/payment-system.ts";
import { createTill, type Till, type TillOptions } from "../../src/index.ts";

/** Both services, with clients of theirs that reach them over lines that can be cut. */
export type ClientSystem = Awaited<ReturnType<typeof startClientSystem>>;

/** Starts it. */
export async function startClientSystem() {
  const system = await startPaymentSystem();
  const opened = new DisposableStack();
  const lines = {
    orders: await openDeafLine(system.orderAddress),
    payments: await openDeafLine(system.paymentAddress),
  } satisfies Record<string, DeafLine>;
  opened.defer(() => Object.values(lines).forEach((line) => line.close()));

  return {
    ...system,
    lines,
    /** A client with options of a test's own, over the lines. */
    open(options: TillOptions): Till {
      const addresses = { orderAddress: lines.orders.address, paymentAddress: lines.payments.address };
      return opened.use(createTill({ ...addresses, ...options }));
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
