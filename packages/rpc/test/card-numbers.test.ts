import { Code, type ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { reasonOf } from "../src/errors.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

const number = "5555 5555 5555 4444";
/** Half of it or more, or masked. Four digits alone are in many a random request id, port or process id. */
const inTheLog = /5555 ?5555|5555 ?4444|card number/;

describe("a request with a card number in it", () => {
  let server: UserServer;
  let handled = 0;
  const answer = () => Promise.resolve({ user: { id, isActive: true, requests: (handled += 1) } });
  before(async () => (server = await userServer(answer)));
  after(() => server.close());

  const failureOf = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail("the call succeeded"),
      (error: unknown) => error,
    );

  it("is rejected, naming the field and never the number, and reaches no handler and no log", async () => {
    const headers = { "idempotency-key": number.replaceAll(" ", "") };
    for (const [field, call] of [
      ["user_id", server.client().getUser({ userId: number })],
      ["metadata.idempotency-key", server.client().getUser({ userId: id }, { headers })],
    ] as const) {
      const error = (await failureOf(call)) as ConnectError;
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.InvalidArgument, "CARD_NUMBER_REFUSED"]);
      expect(error.rawMessage)
        .to.include(field)
        .and.not.match(/5555|4444/);
      const violations = error
        .findDetails(BadRequestSchema)
        .flatMap(({ fieldViolations }) => fieldViolations);
      expect(violations.map((violation) => violation.field)).to.deep.equal([field]);
    }
    expect(handled).to.equal(0);
    expect(server.logged.join("")).to.include("CARD_NUMBER_REFUSED").and.not.match(inTheLog);
  });

  it("is not looked for in metadata that is not stored, and reaches no log from there", async () => {
    const digits = number.replaceAll(" ", "");
    const headers = { "x-request-id": digits, "x-note": `a, ${number}`, tracestate: `dd=p:${digits}` };
    await server.client().getUser({ userId: id }, { headers });
    expect(handled).to.equal(1);
    expect(server.logged.join("")).not.to.match(inTheLog);
  });

  it("leaves no request id behind, also where the caller is unknown", async () => {
    const client = server.client({ token: () => Promise.resolve("forged") });
    const headers = { "x-request-id": number.replaceAll(" ", "") };
    expect(reasonOf(await failureOf(client.getUser({ userId: id }, { headers })))).to.equal(
      "UNAUTHENTICATED",
    );
    expect(server.logged.join("")).not.to.match(inTheLog);
  });

  it("is none where there are ids, keys and trace headers only", async () => {
    const before = handled;
    for (const headers of [
      { "x-request-id": "41111111-1111-1111-1111-111111111111" },
      { "idempotency-key": "1234567890123456788" },
      { "idempotency-key": "order-4111-1111-1111-1111" },
      { "idempotency-key": "4111111111111111bcd0" },
      { "x-datadog-trace-id": "4111111111111111", "x-datadog-parent-id": "5555555555554444" },
      { "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/4111111111111111;o=1" },
    ])
      await server.client().getUser({ userId: id }, { headers });
    expect(handled - before).to.equal(6);
  });
});
