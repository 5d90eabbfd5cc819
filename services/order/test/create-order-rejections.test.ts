import { Code } from "@connectrpc/connect";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import {
  ada,
  bo,
  course,
  courseLine,
  eur,
  inactiveUser,
  otherCourse,
  retiredCourse,
} from "../../../test/support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("CreateOrder", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const items = [courseLine(course)];

  describe("rejects, and writes nothing for,", () => {
    const unknown = "018f0000-0000-7000-8000-00000000dead";

    const line = (more: object) => [{ ...items[0]!, ...more }];

    type Case = [name: string, request: object, code: Code, reason: string, field?: string];
    const cases: Case[] = [
      ["no key", { items }, Code.InvalidArgument, "IDEMPOTENCY_KEY_REQUIRED"],
      [
        "a key with a space",
        { items, idempotencyKey: "a b" },
        Code.InvalidArgument,
        "IDEMPOTENCY_KEY_INVALID",
      ],
      [
        "a key of 256 characters",
        { items, idempotencyKey: "k".repeat(256) },
        Code.InvalidArgument,
        "IDEMPOTENCY_KEY_INVALID",
      ],
      ["no items", { items: [] }, Code.InvalidArgument, "INVALID_ARGUMENT", "items"],
      ["101 items", { items: Array(101).fill(items[0]) }, Code.InvalidArgument, "INVALID_ARGUMENT", "items"],
      ["an item of nothing", { items: [{}] }, Code.InvalidArgument, "INVALID_ARGUMENT", "items[0].item"],
      [
        "quantity 0",
        { items: line({ quantity: 0 }) },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[0].quantity",
      ],
      [
        "quantity 1e9",
        { items: line({ quantity: 1e9 }) },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[0].quantity",
      ],
      ...[2, 999].map((quantity): Case => [
        `a course ${quantity} times`,
        { items: [items[0]!, courseLine(otherCourse, quantity)] },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[1].quantity",
      ]),
      [
        "a negative price",
        { items: line({ unitPrice: eur(-1) }) },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[0].unit_price",
      ],
      [
        "two currencies",
        { items: line({ unitPrice: eur(49) }), currency: "USD" },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "currency",
      ],
      ...["HRK", "BGN"].map((currency): Case => [
        `the retired currency ${currency}`,
        { items, currency },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "currency",
      ]),
      [
        "an unknown currency",
        { items, currency: "ZZZ" },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "currency",
      ],
      [
        "a currency it is not sold in",
        { items, currency: "USD" },
        Code.FailedPrecondition,
        "CURRENCY_MISMATCH",
      ],
      [
        "yen with decimals",
        { items: line({ unitPrice: { currencyCode: "JPY", units: 1n, nanos: 500_000_000 } }) },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[0].unit_price",
      ],
      [
        "an amount that overflows",
        { items, expectedTotal: { currencyCode: "EUR", units: 2n ** 63n - 1n, nanos: 0 } },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "expected_total",
      ],
      ["a NUL byte", { items, notes: "a\0b" }, Code.InvalidArgument, "INVALID_ARGUMENT", "notes"],
      [
        "a course id that is none",
        { items: [courseLine("c 1")] },
        Code.InvalidArgument,
        "INVALID_ARGUMENT",
        "items[0].course_id",
      ],
      ["an unknown course", { items: [courseLine(unknown)] }, Code.FailedPrecondition, "COURSE_NOT_FOUND"],
      [
        "a course no longer on sale",
        { items: [courseLine(retiredCourse)] },
        Code.FailedPrecondition,
        "COURSE_UNAVAILABLE",
      ],
      ["5 MB", { items, notes: "x".repeat(5_000_000) }, Code.ResourceExhausted, "REQUEST_TOO_LARGE"],
    ];

    for (const [name, request, code, reason, field] of cases) {
      it(name, async () => {
        const before = await count();
        const keyed = name.includes("key")
          ? request
          : { idempotencyKey: `bad ${name}`.replaceAll(" ", "-"), ...request };
        const error = await failureOf(environment.as(ada).createOrder(keyed));
        expect([Code[error.code], reasonOf(error)]).to.deep.equal([Code[code], reason]);
        if (field) {
          const fields = error
            .findDetails(BadRequestSchema)
            .flatMap((details) => details.fieldViolations.map((v) => v.field));
          expect(fields).to.deep.equal([field]);
        }
        expect(await count()).to.equal(before);
      });
    }

    it("an unknown or inactive user, for whom a service calls too", async () => {
      const service = environment.as("018f0000-0000-7000-8000-0000000000f9", "service");
      const forUnknown = await failureOf(
        service.createOrder({ items, userId: unknown, idempotencyKey: "u1" }),
      );
      expect([forUnknown.code, reasonOf(forUnknown)]).to.deep.equal([
        Code.FailedPrecondition,
        "USER_NOT_FOUND",
      ]);
      const forInactive = await failureOf(
        environment.as(inactiveUser).createOrder({ items, idempotencyKey: "u2" }),
      );
      expect([forInactive.code, reasonOf(forInactive)]).to.deep.equal([
        Code.FailedPrecondition,
        "USER_INACTIVE",
      ]);
    });

    it("a user who orders for another user", async () => {
      const error = await failureOf(
        environment.as(ada).createOrder({ items, userId: bo, idempotencyKey: "u3" }),
      );
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    });

    it("an unknown or inactive user, an unknown course and an order of nothing", async () => {
      const order = (user: string, courseId: string) =>
        environment.as(user).createOrder({ items: [courseLine(courseId)], idempotencyKey: v7() });
      const { userId } = await environment.place();
      expect(await rejectionReason(order("018f0000-0000-7000-8000-00000000dead", course))).to.equal(
        "USER_NOT_FOUND",
      );
      expect(await rejectionReason(order(inactiveUser, course))).to.equal("USER_INACTIVE");
      expect(await rejectionReason(order(userId, "018f0000-0000-7000-8000-00000000dead"))).to.equal(
        "COURSE_NOT_FOUND",
      );
      const nothing = environment.as(userId).createOrder({ items: [], idempotencyKey: v7() });
      expect(await rejectionReason(nothing)).to.equal("INVALID_ARGUMENT");
    });
  });

  const count = () => environment.countWritten();
});
