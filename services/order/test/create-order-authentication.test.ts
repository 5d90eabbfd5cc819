import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { generateKeyPair, SignJWT } from "jose";
import { failureOf } from "../../../test/support/failure-of.ts";
import { ada, course, courseLine } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("CreateOrder", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  const items = [courseLine(course)];

  describe("rejects a call", () => {
    const client = (token: string) => {
      const transport = grpcTransport({
        address: environment.address,
        ...(token && { token: () => Promise.resolve(token) }),
      });
      return createClient(OrderService, transport);
    };

    const reason = async (token: string) => {
      const error = await failureOf(client(token).createOrder({ items, idempotencyKey: "unauthenticated" }));
      return [Code[error.code], reasonOf(error)];
    };

    const unauthenticated = ["Unauthenticated", "UNAUTHENTICATED"];

    it("without a token", async () => expect(await reason("")).to.deep.equal(unauthenticated));

    it("with an expired token", async () => {
      expect(await reason(await environment.token(`user=${ada}&ttl=-60`))).to.deep.equal(unauthenticated);
    });

    it("with a token whose algorithm is none", async () => {
      const [, payload] = (await environment.token(`user=${ada}`)).split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
      expect(await reason(`${header}.${payload}.`)).to.deep.equal(unauthenticated);
    });

    it("with a token signed with another issuer's key", async () => {
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

    it("by a role it is not for", async () => {
      expect(await reason(await environment.token(`user=${ada}&role=admin`))).to.deep.equal([
        "PermissionDenied",
        "PERMISSION_DENIED",
      ]);
    });
  });

  it("does nothing for a call whose deadline has passed", async () => {
    const before = await count();
    const error = await failureOf(
      environment.as(ada).createOrder({ items, idempotencyKey: "late" }, { timeoutMs: 0 }),
    );
    expect(Code[error.code]).to.equal("DeadlineExceeded");
    expect(await count()).to.equal(before);
  });

  const count = () => environment.countWritten();
});
