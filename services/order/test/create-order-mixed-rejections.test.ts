import { Code } from "@connectrpc/connect";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf, rejectionOf } from "../../../test/support/failure-of.ts";
import {
  berlin,
  brush,
  clinic,
  course,
  courseLine,
  firstEdition,
  mentorHour,
  newCourse,
  newProduct,
  newSession,
  newUser,
  notebook,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, statusOf } from "./support/purchases.ts";
import {
  counterOf,
  placeOrder,
  seatsTaken,
  sessionFullMetadata,
  stockOf,
} from "./support/stock-and-seats.ts";

describe("CreateOrder with sessions and products rejects, and keeps no seat and no stock for,", () => {
  let environment: OrderEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startOrderEnvironment();
  });
  after(() => environment?.stop());

  const unknown = "018f0000-0000-7000-8000-00000000dead";

  it("products without an address to ship to", async () => {
    const region = { regionCode: "DE" };
    const addresses: [address: object | undefined, field: string][] = [
      [undefined, "shipping_address"],
      [{}, "shipping_address"],
      [{ languageCode: "de", postalCode: "10115", recipients: ["Ada"] }, "shipping_address"],
      [region, "shipping_address.address_lines"],
      [
        { ...region, addressLines: ["", " \t", "\u00a0\u200b", "-"], locality: "\n" },
        "shipping_address.address_lines",
      ],
      [{ locality: "Berlin" }, "shipping_address.region_code"],
    ];
    for (const [shippingAddress, field] of addresses) {
      const error = await failureOf(
        placeOrder(environment.as(newUser()), [productLine(notebook)], { shippingAddress }),
      );
      expect([error.code, reasonOf(error)]).to.deep.equal([
        Code.InvalidArgument,
        "SHIPPING_ADDRESS_REQUIRED",
      ]);
      const [details] = error.findDetails(BadRequestSchema);
      expect(details?.fieldViolations.map((violation) => violation.field)).to.deep.equal([field]);
    }
    for (const place of [{ locality: "東京" }, { addressLines: ["", "Kastanienallee 1"] }])
      await placeOrder(environment.as(newUser()), [productLine(notebook)], {
        shippingAddress: { ...region, ...place },
      });
    const { order } = await placeOrder(environment.as(newUser()), [courseLine(course)], {
      shippingAddress: undefined,
    });
    expect(order?.status).to.equal(OrderStatus.CREATED);
  });

  it("more than is in stock, with the available units", async () => {
    const plenty = newProduct();
    const session = newSession();
    const before = await counterOf(environment, "order_out_of_stock_total");
    const written = await environment.countWritten();
    const lines = [sessionLine(session), productLine(plenty), productLine(firstEdition, 2)];
    expect(await rejectionOf(placeOrder(environment.as(newUser()), lines))).to.deep.equal({
      code: Code.FailedPrecondition,
      reason: "OUT_OF_STOCK",
      metadata: { id: firstEdition, [`${firstEdition}.wanted`]: "2", [`${firstEdition}.available`]: "1" },
    });
    expect(await counterOf(environment, "order_out_of_stock_total")).to.equal(before + 1);
    expect(await environment.countWritten()).to.equal(written);
    expect(await seatsTaken(environment, session)).to.equal(0);
    expect((await stockOf(environment, plenty))?.reserved ?? 0).to.equal(0);
    expect(await environment.query("SELECT 1 FROM stock_intent")).to.deep.equal([]);
  });

  it("more seats than are left, with the reserved stock released", async () => {
    const product = newProduct();
    const lines = [productLine(product), sessionLine(clinic, 11)];
    expect(await rejectionOf(placeOrder(environment.as(newUser()), lines))).to.deep.equal({
      code: Code.FailedPrecondition,
      reason: "SESSION_FULL",
      metadata: sessionFullMetadata(clinic, 11, 10),
    });
    expect(await stockOf(environment, product)).to.include({ available: 1_000_000, reserved: 0 });
    expect(await environment.query("SELECT 1 FROM stock_intent")).to.deep.equal([]);
  });

  it("more seats than are left in two sessions, with both", async () => {
    const lines = [sessionLine(clinic, 11), sessionLine(mentorHour, 2)];
    const { metadata } = await rejectionOf(placeOrder(environment.as(newUser()), lines));
    expect(metadata).to.deep.equal({
      ...sessionFullMetadata(mentorHour, 2, 1),
      ...sessionFullMetadata(clinic, 11, 10),
    });
  });

  it("a course the user has", async () => {
    const client = environment.as(newUser());
    const [product, session] = [newProduct(), newSession()];
    await placeOrder(client, [courseLine(course)]);
    const lines = [courseLine(course), sessionLine(session), productLine(product)];
    expect(await rejectionOf(placeOrder(client, lines))).to.include({ reason: "ORDER_IN_PROGRESS" });
    expect(await stockOf(environment, product)).to.include({ available: 1_000_000, reserved: 0 });
    expect(await seatsTaken(environment, session)).to.equal(0);
  });

  const cases: [name: string, lines: object[], code: Code, reason: string, id?: string][] = [
    [
      "an unknown product",
      [productLine(notebook), productLine(unknown)],
      Code.FailedPrecondition,
      "PRODUCT_NOT_FOUND",
      unknown,
    ],
    ["an unknown session", [sessionLine(unknown)], Code.FailedPrecondition, "SESSION_NOT_FOUND", unknown],
    [
      "two currencies in one order",
      [productLine(brush), productLine(notebook)],
      Code.FailedPrecondition,
      "CURRENCY_MISMATCH",
    ],
    [
      "yen and a course",
      [productLine(brush), courseLine(course)],
      Code.FailedPrecondition,
      "CURRENCY_MISMATCH",
    ],
  ];
  for (const [name, lines, code, reason, id] of cases) {
    it(name, async () => {
      const written = await environment.countWritten();
      const facts = await rejectionOf(placeOrder(environment.as(newUser()), lines));
      expect([facts.code, facts.reason]).to.deep.equal([code, reason]);
      if (id) expect(facts.metadata.id).to.equal(id);
      expect(await environment.countWritten()).to.equal(written);
    });
  }

  it("a course that is in the order twice, with the line", async () => {
    const lines = [courseLine(course), productLine(notebook), courseLine(course.toUpperCase())];
    const error = await failureOf(placeOrder(environment.as(newUser()), lines));
    expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
    const [details] = error.findDetails(BadRequestSchema);
    expect(details?.fieldViolations.map(({ field }) => field)).to.deep.equal(["items[2].course_id"]);
  });

  it("an address that Postgres or the catalog cannot take", async () => {
    const bad = [
      [{ regionCode: "Iceland" }, "shipping_address.region_code"],
      [{ regionCode: "IS", addressLines: ["a\0b"] }, "shipping_address.address_lines[0]"],
      [{ regionCode: "IS", recipients: ["x".repeat(5_000)] }, "shipping_address"],
    ] as const;
    for (const [shippingAddress, field] of bad) {
      const error = await failureOf(
        placeOrder(environment.as(newUser()), [productLine(notebook)], { shippingAddress }),
      );
      const [details] = error.findDetails(BadRequestSchema);
      expect(details?.fieldViolations.map((violation) => violation.field)).to.deep.equal([field]);
    }
  });
});
describe("CreateOrder with sessions and products", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("is rejected for more than is in stock, and reserves nothing", async () => {
    const client = environment.as(newUser());
    const before = [await stockOf(environment, notebook), await stockOf(environment, firstEdition)];
    const items = [productLine(notebook, 2), productLine(firstEdition, 2)];
    const request = { items, shippingAddress: berlin, idempotencyKey: v7() };
    const { code, reason, metadata } = await rejectionOf(client.createOrder(request));
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "OUT_OF_STOCK"]);
    expect(metadata).to.include({ [`${firstEdition}.wanted`]: "2", [`${firstEdition}.available`]: "1" });
    await eventually(async () =>
      expect([await stockOf(environment, notebook), await stockOf(environment, firstEdition)]).to.deep.equal(
        before,
      ),
    );
    expect((await client.listOrders({})).orders).to.deep.equal([]);
  });

  it("needs a shipping address for products, and none for courses", async () => {
    const client = environment.as(newUser());
    const items = [productLine(notebook), courseLine(newCourse())];
    const { code, reason } = await rejectionOf(client.createOrder({ items, idempotencyKey: v7() }));
    expect([code, reason]).to.deep.equal([Code.InvalidArgument, "SHIPPING_ADDRESS_REQUIRED"]);
    expect(await statusOf(await environment.place())).to.equal("CREATED");
  });
});
