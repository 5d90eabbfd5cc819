import { create, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import * as orders from "@till/gen/till/order/v1/order_service_pb";
import * as payments from "@till/gen/till/payment/v1/payment_service_pb";
import * as sessions from "@till/gen/till/session/v1/session_service_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { expect } from "chai";
import { reasonOf } from "../src/errors.ts";
import { decode } from "../src/codec.ts";
import { maxItemsOf } from "../src/wire-limits.ts";

const services = [
  ...[CatalogService, CourseService, InventoryService, UserService],
  ...orders.file_till_order_v1_order_service.services,
  ...payments.file_till_payment_v1_payment_service.services,
  ...sessions.file_till_session_v1_session_service.services,
];

describe("A list in a request", () => {
  it("has a limit in the proto, in every RPC", () => {
    const without = services.flatMap(({ methods }) =>
      methods.flatMap(({ input }) => [...listsOf(input)].filter(({ max }) => max === undefined)),
    );
    expect(without.map(({ path }) => path)).to.deep.equal([]);
  });

  it("that is longer is rejected by its name at once, without being decoded", () => {
    const items = new BinaryWriter();
    for (let index = 0; index < 520_000; index += 1) items.tag(2, WireType.LengthDelimited).uint32(0);
    const ids = new BinaryWriter();
    for (let index = 0; index < 340_000; index += 1) ids.tag(1, WireType.LengthDelimited).string("x");
    const enums = new BinaryWriter();
    enums.tag(3, WireType.LengthDelimited).fork();
    for (let index = 0; index < 1_000_000; index += 1) enums.int32(99);
    enums.join();
    for (const [schema, bytes, field] of [
      [orders.CreateOrderRequestSchema, items.finish(), "items"],
      [orders.BatchGetOrdersRequestSchema, ids.finish(), "order_ids"],
      [sessions.ListBookingsRequestSchema, enums.finish(), "statuses"],
    ] as const) {
      const error = failureOf(schema, bytes);
      expect([reasonOf(error), (error as Error).message]).to.deep.equal([
        "INVALID_ARGUMENT",
        `${field}: must contain no more than ${limitOf(schema, field)} item(s)`,
      ]);
    }
  });

  it("is limited in a message within a message, and where that message is there many times", () => {
    const line = new BinaryWriter().tag(9, WireType.LengthDelimited).string("a").finish();
    const address = new BinaryWriter();
    for (let index = 0; index < 101; index += 1) address.raw(line);
    const field = orders.CreateOrderRequestSchema.field.shippingAddress.number;
    const once = new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(address.finish()).finish();
    const text = "shipping_address.address_lines: must contain no more than 100 item(s)";
    expect((failureOf(orders.CreateOrderRequestSchema, once) as Error).message).to.equal(text);
    const often = new BinaryWriter();
    for (let index = 0; index < 50; index += 1) often.tag(field, WireType.LengthDelimited).bytes(line);
    expect(reasonOf(failureOf(orders.CreateOrderRequestSchema, often.finish()))).to.equal("INVALID_ARGUMENT");
  });

  it("of the greatest length allowed is decoded", () => {
    const orderIds = Array.from({ length: 100 }, () => "018f0000-0000-7000-8000-0000000000a1");
    const schema = orders.BatchGetOrdersRequestSchema;
    const bytes = toBinary(schema, create(schema, { orderIds }));
    expect(decode(schema, Buffer.from(bytes), bytes.length).orderIds).to.have.length(100);
  });

  it("is not followed into unknown fields, nor into nonsense", () => {
    const unknown = new BinaryWriter();
    for (let index = 0; index < 300_000; index += 1) unknown.tag(1_000, WireType.Varint).uint32(1);
    for (const bytes of [
      unknown.finish(),
      Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.alloc(1000, 0xff),
    ])
      expect(reasonOf(failureOf(orders.BatchGetOrdersRequestSchema, bytes))).to.equal("INVALID_ARGUMENT");
  });
});

function failureOf(schema: DescMessage, bytes: Uint8Array): unknown {
  try {
    decode(schema, Buffer.from(bytes), 8 * 1024 * 1024);
  } catch (error) {
    return error;
  }
  return expect.fail("the request was decoded");
}

function limitOf(schema: DescMessage, name: string): number | undefined {
  return maxItemsOf(schema.fields.find((field) => field.name === name)!);
}

/** The lists of a message and of the messages in it; google.type's have no rules of their own. */
function* listsOf(
  schema: DescMessage,
  outer: readonly DescMessage[] = [],
): Generator<{ readonly path: string; readonly max: number | undefined }> {
  if (outer.includes(schema) || schema.typeName.startsWith("google.")) return;
  for (const field of schema.fields) {
    if (field.fieldKind === "list" || field.fieldKind === "map")
      yield { path: `${schema.typeName}.${field.name}`, max: maxItemsOf(field) };
    if (field.message) yield* listsOf(field.message, [...outer, schema]);
  }
}
