import { create, toBinary } from "@bufbuild/protobuf";
import { CreateOrderRequestSchema } from "@till/gen/till/order/v1/order_service_pb";
import type { CallTemplate } from "./connection.ts";
import { requestHeaders } from "./frames.ts";

export type CreateOrderLoad = {
  readonly token: string;
  readonly authority: string;
  /** Sets this run's idempotency keys apart from every other run's. */
  readonly run: number;
  /** A power of two. */
  readonly users: number;
};

const userPrefix = "018f0000-0000-7000-9000-0000";
const coursePrefix = "018f0000-0000-7000-a000-0000";

/**
 * CreateOrder calls of one service: each for another of many users, in no order, two courses that the user has not
 * bought yet, and a key of its own that looks as random as a UUID does, so that the database's indexes feel what real
 * keys do to them.
 */
export function createOrderCall({ token, authority, run, users }: CreateOrderLoad): CallTemplate {
  const user = `${userPrefix}11111111`;
  const first = `${coursePrefix}22222222`;
  const second = `${coursePrefix}33333333`;
  const key = `44444444-till-bench-${run}`;
  const request = create(CreateOrderRequestSchema, {
    userId: user,
    items: [first, second].map((value) => ({ item: { case: "courseId" as const, value }, quantity: 1 })),
    currency: "EUR",
    idempotencyKey: key,
  });
  const message = toBinary(CreateOrderRequestSchema, request);
  const body = Buffer.concat([Buffer.alloc(5), message]);
  body.writeUInt32BE(message.length, 1);
  const [userAt, firstAt, secondAt, keyAt] = ["11111111", "22222222", "33333333", "44444444"].map((digits) =>
    body.indexOf(digits),
  ) as [number, number, number, number];
  // No run buys what another has bought in the same database.
  const firstCourse = (run & 0x3ffffff) << 6;
  let calls = 0;
  return {
    headers: requestHeaders([
      [":path", "/till.order.v1.OrderService/CreateOrder"],
      [":authority", authority],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ["user-agent", "till-bench"],
      ["authorization", `Bearer ${token}`],
    ]),
    bodyBytes: body.length,
    writeBody(into, at) {
      body.copy(into, at);
      calls += 1;
      // An odd factor makes a permutation of the 32-bit numbers, and of their last digits: scattered, never the same
      // twice.
      const scattered = Math.imul(calls, 0x9e3779b1) >>> 0;
      const course = firstCourse + 2 * Math.floor(calls / users);
      writeHex(into, at + userAt, scattered & (users - 1));
      writeHex(into, at + firstAt, course);
      writeHex(into, at + secondAt, course + 1);
      writeHex(into, at + keyAt, scattered);
    },
  };
}

const digits = Buffer.from("0123456789abcdef");

function writeHex(into: Buffer, at: number, value: number): void {
  for (let index = 7; index >= 0; index--) {
    into[at + index] = digits[value & 15]!;
    value >>>= 4;
  }
}
