import { Code, createClient } from "@connectrpc/connect";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { generateKeyPair, SignJWT } from "jose";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  ada,
  bo,
  course,
  courseLine,
  eur,
  inactiveUser,
  retiredCourse,
} from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("CreateOrder", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  const items = [courseLine(course)];

  describe("refuses, and writes nothing,", () => {
    const unknown = "018f0000-0000-7000-8000-00000000dead";
    const line = (more: object) => [{ ...items[0]!, ...more }];
    const cases: [name: string, request: object, code: Code, reason: string, field?: string][] = [
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
        { items: [courseLine("c1")] },
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

    it("a user who is unknown, or not active, even where a service asks", async () => {
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

    it("a user who orders for another", async () => {
      const error = await failureOf(
        environment.as(ada).createOrder({ items, userId: bo, idempotencyKey: "u3" }),
      );
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    });
  });

  describe("lets nobody in", () => {
    const client = (token: string) => {
      const transport = grpcTransport({
        address: environment.address,
        ...(token && { token: () => Promise.resolve(token) }),
      });
      return createClient(OrderService, transport);
    };
    const reason = async (token: string) => {
      const error = await failureOf(client(token).createOrder({ items, idempotencyKey: "nobody" }));
      return [Code[error.code], reasonOf(error)];
    };
    const unauthenticated = ["Unauthenticated", "UNAUTHENTICATED"];

    it("without a token", async () => expect(await reason("")).to.deep.equal(unauthenticated));

    it("with an expired token", async () => {
      expect(await reason(await environment.token(`user=${ada}&ttl=-60`))).to.deep.equal(unauthenticated);
    });

    it("with a token that says it needs no signature", async () => {
      const [, payload] = (await environment.token(`user=${ada}`)).split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
      expect(await reason(`${header}.${payload}.`)).to.deep.equal(unauthenticated);
    });

    it("with a token signed by somebody else's key", async () => {
      const { privateKey } = await generateKeyPair("ES256");
      const forged = await new SignJWT({ role: "admin" })
        .setProtectedHeader({ alg: "ES256" })
        .setSubject(ada)
        .setIssuer("till-sandbox")
        .setAudience("till")
        .setExpirationTime("1h")
        .sign(privateKey);
      expect(await reason(forged)).to.deep.equal(unauthenticated);
    });

    it("with a role the RPC is not for", async () => {
      expect(await reason(await environment.token(`user=${ada}&role=admin`))).to.deep.equal([
        "PermissionDenied",
        "PERMISSION_DENIED",
      ]);
    });
  });

  it("does nothing for a caller whose deadline has passed", async () => {
    const before = await count();
    const error = await failureOf(
      environment.as(ada).createOrder({ items, idempotencyKey: "late" }, { timeoutMs: 0 }),
    );
    expect(Code[error.code]).to.equal("DeadlineExceeded");
    expect(await count()).to.equal(before);
  });

  const count = () => environment.countWritten();
});
