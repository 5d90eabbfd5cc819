import { timestampDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { expect } from "chai";
import type { Sandbox } from "../src/sandbox.ts";
import { startTestSandbox, tokenOf } from "./support/sandbox-client.ts";
import { connectTo, notebook, type Upstreams } from "./support/upstream-client.ts";

const course = "018f0000-0000-7000-8000-0000000000c1";
const session = "018f0000-0000-7000-8000-0000000000e1";
const now = Date.UTC(2026, 0, 31, 12);

describe("PUT /catalog/<id> and PUT /users/<id>", () => {
  let sandbox: Sandbox;
  let upstreams: Upstreams;

  before(async () => {
    sandbox = await startTestSandbox({ e3InSeconds: 90 });
    upstreams = await connectTo(sandbox);
  });

  after(async () => {
    upstreams.close();
    await sandbox.close();
  });

  it("change the given fields of a course and no others", async () => {
    expect(await put(`catalog/${course}`, { price: "12.50" })).to.include({
      price: "12.50",
      currency: "EUR",
    });
    await put(`catalog/${course.toUpperCase()}`, { on_sale: false });
    const { course: changed } = await upstreams.courses.getCourse({ courseId: course });
    expect(changed).to.include({ id: course, title: "Distributed Systems in Practice", onSale: false });
    expect(changed?.price).to.include({ currencyCode: "EUR", units: 12n, nanos: 500_000_000 });
  });

  it("change a session's price, seats, times and cancellation; null removes a time", async () => {
    const starts_at = "2027-01-31T12:00:00Z";
    await put(`catalog/${session}`, { starts_at, ends_at: "2027-01-31T13:00:00Z", capacity: 3 });
    const { session: changed } = await upstreams.courses.getSession({ sessionId: session });
    expect(changed).to.include({ capacity: 3, bookable: true, cancelled: false });
    expect(timestampDate(changed!.startsAt!).toJSON()).to.equal("2027-01-31T12:00:00.000Z");
    expect(timestampDate(changed!.endsAt!).toJSON()).to.equal("2027-01-31T13:00:00.000Z");
    await put(`catalog/${session}`, { cancelled: true, starts_at: null });
    const { session: cancelled } = await upstreams.courses.getSession({ sessionId: session });
    expect(cancelled?.startsAt).to.equal(undefined);
    expect(cancelled?.cancelled).to.equal(true);
  });

  it("change a product; one that is not on sale has no offer", async () => {
    const offers = async () =>
      (await upstreams.catalog.quoteItems({ items: [{ productId: notebook, quantity: 1 }] })).offers;
    await put(`catalog/${notebook}`, { price: "13", currency: "USD" });
    expect((await offers())[0]).to.include({ offerId: `offer-${notebook}` });
    expect((await offers())[0]?.unitPrice).to.include({ currencyCode: "USD", units: 13n });
    await put(`catalog/${notebook}`, { on_sale: false });
    expect(await offers()).to.eql([]);
  });

  it("create an item under an opaque id", async () => {
    await put("catalog/SKU%2F7", { price: "1.00", title: "Sticker" });
    expect(
      (await upstreams.catalog.quoteItems({ items: [{ productId: "SKU/7", quantity: 2 }] })).offers[0],
    ).to.include({
      productId: "SKU/7",
      name: "Sticker",
    });
    await put("catalog/talk:1", { price: "5.00", kind: "session", capacity: 2 });
    expect((await upstreams.courses.getSession({ sessionId: "talk:1" })).session).to.include({ capacity: 2 });
    expect(await put("catalog/nothing", { on_sale: true })).to.have.property("error");
  });

  it("pass on prices that no currency allows", async () => {
    for (const [price, currency, units, nanos] of [
      ["9.999", "EUR", 9n, 999_000_000],
      ["-5", "EUR", -5n, 0],
      ["10000000000000", "EUR", 10_000_000_000_000n, 0],
      ["1", "QQQ", 1n, 0],
    ] as const) {
      await put("catalog/prod-123", { price, currency });
      const { offers } = await upstreams.catalog.quoteItems({
        items: [{ productId: "prod-123", quantity: 1 }],
        cartId: "sale-1",
      });
      expect(offers[0]?.unitPrice).to.include({ currencyCode: currency, units, nanos });
    }
  });

  for (const body of [
    {},
    { price: "a lot" },
    { price: 12.5 },
    { currency: "euro" },
    { starts_at: "soon" },
    { prize: "1" },
  ]) {
    it(`${JSON.stringify(body)} for a new id is 400`, async () => {
      expect((await request("catalog/new", body)).status).to.equal(400);
    });
  }

  it("users: create, deactivate", async () => {
    const token = await tokenOf(sandbox, "role=service&user=orders");
    const transport = grpcTransport({
      address: `127.0.0.1:${sandbox.grpcPort}`,
      token: () => Promise.resolve(token),
    });
    const users = createClient(UserService, transport);
    await put("users/auth0%7Cnew", { active: true });
    expect((await users.getUser({ userId: "auth0|new" })).user).to.include({ id: "auth0|new", active: true });
    await put("users/auth0%7Cnew", { active: false });
    expect((await users.getUser({ userId: "auth0|new" })).user).to.include({ active: false });
    transport.close();
  });

  it("the opaque ids prod-123, auth0|65f0c2 and yoga:2026-11-30 exist, and …e3 begins soon", async () => {
    const clocked = await startTestSandbox({ now: () => Date.now(), e3InSeconds: 90 });
    const client = await connectTo(clocked);
    const { products } = await client.inventory.checkAvailability({ productIds: ["prod-123", "PROD-123"] });
    expect(products).to.have.length(1);
    expect(products[0]).to.include({ productId: "prod-123", available: 1_000 });
    const yoga = (await client.courses.getSession({ sessionId: "yoga:2026-11-30" })).session!;
    expect(yoga).to.include({ capacity: 10 });
    expect(timestampDate(yoga.startsAt!).getTime()).to.be.above(now);
    const soon = (await client.courses.getSession({ sessionId: "018f0000-0000-7000-8000-0000000000e3" }))
      .session!;
    expect(timestampDate(soon.startsAt!).getTime() - Date.now()).to.be.within(1, 90_000);
    client.close();
    await clocked.close();
  });

  function request(path: string, body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(`${sandbox.url}/${path}`, { method: "PUT", headers, body: JSON.stringify(body) });
  }

  async function put(path: string, body: unknown): Promise<unknown> {
    return (await request(path, body)).json();
  }
});
