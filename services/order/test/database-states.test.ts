import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { Client } from "pg";
import { eventually } from "../../../test/support/eventually.ts";
import { courseLine, newUser } from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, statusOf } from "./support/purchases.ts";

const size = 20;

describe("The order service on a database", () => {
  let environment: PurchaseEnvironment;
  let name: string;
  before(async () => {
    environment = await startPurchaseEnvironment();
    name = new URL(environment.databaseUrl).pathname.slice(1);
  });
  after(() => environment.stop());

  /** Sets a default of the database for every connection but the tests'. */
  async function setDefault(setting: string): Promise<void> {
    await environment.query(`ALTER DATABASE ${name} ${setting}`);
    await environment.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
      [name],
    );
  }

  it("with one locked order goes on with the others, and with that one once it is unlocked", async () => {
    const locked = await environment.place();
    const others = await Promise.all(Array.from({ length: size }, () => environment.place()));
    const session = new Client({ connectionString: environment.databaseUrl });
    await session.connect();
    await session.query("BEGIN");
    await session.query("SELECT FROM orders WHERE id = $1 FOR UPDATE", [locked.orderId]);
    // Of one batch: they are sent at once.
    const blocked = [locked, locked].map((one) => statusOf(one.buyer.cancelOrder(one)));
    const cancelled = await Promise.all(others.map((one) => statusOf(one.buyer.cancelOrder(one))));
    expect(cancelled).to.deep.equal(others.map(() => "CANCELLED"));
    const { rows } = await session.query<{ status: string }>("SELECT status FROM orders WHERE id = $1", [
      locked.orderId,
    ]);
    expect(rows[0]!.status).to.equal("CREATED");
    await session.query("COMMIT");
    await session.end();
    expect(await Promise.all(blocked)).to.deep.equal(["CANCELLED", "CANCELLED"]);
  });

  it("decides again on what was committed while a change waited for the order's lock", async () => {
    const purchase = await environment.place();
    const session = new Client({ connectionString: environment.databaseUrl });
    await session.connect();
    await session.query("BEGIN");
    await session.query("SELECT FROM orders WHERE id = $1 FOR UPDATE", [purchase.orderId]);
    const cancelling = statusOf(purchase.buyer.cancelOrder(purchase));
    await eventually(async () => {
      const waiting = await environment.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      expect(waiting).to.have.lengthOf(1);
    });
    const cancelled = "status = 'CANCELLED', cancel_reason = 'ADMIN', version = version + 1";
    await session.query(`UPDATE orders SET ${cancelled} WHERE id = $1`, [purchase.orderId]);
    await session.query("COMMIT");
    await session.end();
    expect(await cancelling).to.equal("CANCELLED");
    const [row] = await environment.query(
      `SELECT o.version, o.cancel_reason, (SELECT count(*)::int FROM order_event WHERE order_id = o.id) AS entries
         FROM orders o WHERE o.id = $1`,
      [purchase.orderId],
    );
    expect(row).to.deep.equal({ version: 2, cancel_reason: "ADMIN", entries: 1 });
  });

  /** Creates orders at once, those of `blocked` users and others, while another session keeps a lock. */
  async function placeBeside(
    lock: string,
    values: unknown[],
    blocked: () => Promise<unknown>,
  ): Promise<void> {
    const session = new Client({ connectionString: environment.databaseUrl });
    await session.connect();
    await session.query("BEGIN");
    await session.query(lock, values);
    const waiting = [blocked(), blocked()];
    let isOver = false;
    const ended = Promise.allSettled(waiting).then(() => (isOver = true));
    const others = await Promise.all(Array.from({ length: size }, () => environment.place()));
    expect(others).to.have.lengthOf(size);
    expect(isOver, "the lock is still kept").to.equal(false);
    await session.query("ROLLBACK");
    await session.end();
    await ended;
    await Promise.all(waiting);
  }

  it("with one locked user creates the orders of the others, and that user's once it is unlocked", async () => {
    const user = newUser();
    await placeBeside(`SELECT unpaid_orders_of(ARRAY[$1], 20)`, [user], () =>
      environment.place(undefined, user),
    );
  });

  it("with a key that another session writes creates the orders of the others", async () => {
    const user = newUser();
    const key = `key-of-${user}`;
    await placeBeside(
      `INSERT INTO idempotency_key (caller_id, key, request_hash, user_id, order_id, created_at)
       VALUES ($1, $2, '', $1, gen_random_uuid(), now())`,
      [user, key],
      () =>
        environment.as(user).createOrder({
          items: [courseLine("018f0000-0000-7000-a000-00000000feed")],
          idempotencyKey: key,
        }),
    );
  });

  it("that is read-only is UNAVAILABLE with RetryInfo, and works again when the database does", async () => {
    const purchase = await environment.place();
    await setDefault("SET default_transaction_read_only = on");
    const failures = Array.from({ length: size }, () =>
      purchase.buyer.cancelOrder(purchase).then(
        () => undefined,
        (error: unknown) => ConnectError.from(error),
      ),
    );
    for (const error of await Promise.all(failures)) {
      expect(error?.code).to.equal(Code.Unavailable);
      expect(error?.findDetails(RetryInfoSchema)).to.have.lengthOf(1);
    }
    await setDefault("RESET default_transaction_read_only");
    await eventually(async () =>
      expect(await statusOf(purchase.buyer.cancelOrder(purchase))).to.equal("CANCELLED"),
    );
  });

  it("whose transactions are serializable by default changes orders at once all the same", async () => {
    await setDefault("SET default_transaction_isolation = serializable");
    const user = newUser();
    await eventually(() => environment.as(user).listOrders({ pageSize: 1 }));
    const placed = await Promise.all(Array.from({ length: size }, () => environment.place()));
    const cancelled = await Promise.all(placed.map((one) => statusOf(one.buyer.cancelOrder(one))));
    expect(cancelled).to.deep.equal(placed.map(() => "CANCELLED"));
  });
});
