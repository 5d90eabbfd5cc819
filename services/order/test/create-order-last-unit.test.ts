import { type Client, type ConnectError, createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf } from "../../../test/support/failure-of.ts";
import {
  clinic,
  firstEdition,
  mentorHour,
  newProduct,
  newUser,
  productLine,
  sessionLine,
  shop,
} from "../../../test/support/fixtures.ts";
import { fastRecovery } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import {
  placeOrder,
  seatsTaken,
  sessionFullMetadata,
  setStock,
  stockOf,
  untilNoReservationRecords,
} from "./support/stock-and-seats.ts";

describe("CreateOrder for the last seat or unit", function () {
  this.timeout(120_000);
  let environment: OrderEnvironment;
  let replica: OrderEnvironment;
  let transport: GrpcTransport;
  let client: Client<typeof OrderService>;
  before(async () => {
    environment = await startOrderEnvironment({ env: fastRecovery });
    replica = await startOrderEnvironment({ env: environment.env });
    const token = await environment.token(`user=${shop}&role=service`);
    const address = `${environment.address},${replica.address}`;
    transport = grpcTransport({ address, token: () => Promise.resolve(token), timeoutMs: 60_000 });
    client = createClient(OrderService, transport);
  });
  after(async () => {
    transport.close();
    await replica.stop();
    await environment.stop();
  });

  /** Repeats a call while the service is too busy for it. */
  async function createOrder(request: Parameters<typeof client.createOrder>[0] & { idempotencyKey: string }) {
    for (;;) {
      try {
        return await client.createOrder(request, { timeoutMs: 60_000 });
      } catch (error) {
        if (!["UPSTREAM_UNAVAILABLE", "REQUEST_IN_PROGRESS"].includes(reasonOf(error) ?? "")) throw error;
        // An unreleased reservation of a rejected call is in the way of its repeat.
        await environment.query("UPDATE stock_intent SET due_at = now() WHERE key = $1", [
          request.idempotencyKey,
        ]);
      }
    }
  }

  /** Concurrent orders of many buyers for the same lines: the placed orders, and the rejections. */
  async function rush(buyers: number, items: object[]) {
    const calls = Array.from({ length: buyers }, () =>
      createOrder({
        items,
        userId: newUser(),
        shippingAddress: { regionCode: "DE", locality: "Berlin" },
        idempotencyKey: v7(),
      }),
    );
    const outcomes = await Promise.allSettled(calls);
    return {
      won: outcomes.flatMap((call) => (call.status === "fulfilled" ? [call.value.order!.id] : [])),
      lost: outcomes.flatMap((call) =>
        call.status === "rejected" ? [factsOf(call.reason as ConnectError)] : [],
      ),
    };
  }
  const cancel = async (orderId: string) => {
    const [row] = await environment.query("SELECT user_id FROM orders WHERE id = $1", [orderId]);
    await environment.as(row!.user_id as string).cancelOrder({ orderId, idempotencyKey: v7() });
  };
  const heldSeats = async (sessionId: string) => {
    const sql =
      "SELECT coalesce(sum(quantity), 0)::int AS held FROM order_items WHERE ref_id = $1 AND booking_status = 'HELD'";
    const [row] = await environment.query(sql, [sessionId]);
    return row!.held as number;
  };

  it("gives the last seat to exactly one of 500 buyers, and frees it with the order's cancellation", async () => {
    const { won, lost } = await rush(500, [sessionLine(mentorHour)]);
    expect(won).to.have.lengthOf(1);
    const facts = { reason: "SESSION_FULL", metadata: sessionFullMetadata(mentorHour, 1, 0) };
    expect(lost).to.deep.equal(Array(499).fill(facts));
    expect([await seatsTaken(environment, mentorHour), await heldSeats(mentorHour)]).to.deep.equal([1, 1]);
    await cancel(won[0]!);
    expect([await seatsTaken(environment, mentorHour), await heldSeats(mentorHour)]).to.deep.equal([0, 0]);
    await placeOrder(environment.as(newUser()), [sessionLine(mentorHour)]);
  });

  it("gives the last unit in stock to exactly one of 500 buyers, and releases it with the order's cancellation", async () => {
    const { won, lost } = await rush(500, [productLine(firstEdition)]);
    expect(won).to.have.lengthOf(1);
    const metadata = {
      id: firstEdition,
      [`${firstEdition}.wanted`]: "1",
      [`${firstEdition}.available`]: "0",
    };
    expect(lost).to.deep.equal(Array(499).fill({ reason: "OUT_OF_STOCK", metadata }));
    await untilNoReservationRecords(environment);
    const stock = await stockOf(environment, firstEdition);
    expect(stock).to.include({ available: 0, reserved: 1, committed: 0 });
    await cancel(won[0]!);
    await eventually(async () =>
      expect(await stockOf(environment, firstEdition)).to.include({ available: 1 }),
    );
    await placeOrder(environment.as(newUser()), [productLine(firstEdition)]);
  });

  it("uses seats and units of mixed orders to the last, and keeps neither without the other", async () => {
    const product = newProduct();
    await setStock(environment, product, 6);
    // Three orders take all units; of the 10 seats, 4 are left.
    const items = [sessionLine(clinic, 2), productLine(product, 2)];
    const { won, lost } = await rush(100, items);
    expect(won).to.have.lengthOf(3);
    expect(new Set(lost.map(({ reason }) => reason))).to.deep.equal(new Set(["OUT_OF_STOCK"]));
    expect([await seatsTaken(environment, clinic), await heldSeats(clinic)]).to.deep.equal([6, 6]);
    expect(await stockOf(environment, product)).to.include({ available: 0, reserved: 6 });
    const more = await rush(50, [sessionLine(clinic)]);
    expect(more.won).to.have.lengthOf(4);
    expect([await seatsTaken(environment, clinic), await heldSeats(clinic)]).to.deep.equal([10, 10]);
  });

  it("gives the last seats to a new buyer while the requests of the others are repeated", async () => {
    const users = Array.from({ length: 9 }, () => newUser());
    const session = `018f0000-0000-7000-b000-${v7().slice(-12)}`;
    // 100 seats: 90 go to nine users, whose requests are repeated while a tenth buys the last ten.
    const book = (userId: string) =>
      client.createOrder({
        items: [sessionLine(session, 10)],
        userId,
        idempotencyKey: userId,
      });
    await Promise.all(users.map(book));
    const last = newUser();
    const responses = await Promise.all([...users.map(book), book(last)]);
    expect(responses.map(({ idempotentReplay }) => idempotentReplay)).to.deep.equal([
      ...users.map(() => true),
      false,
    ]);
    expect(await seatsTaken(environment, session)).to.equal(100);
  });
});
