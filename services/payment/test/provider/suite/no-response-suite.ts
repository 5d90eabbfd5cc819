import { expect } from "chai";
import type { ServerResponse } from "node:http";
import { eventually } from "../../../../../test/support/eventually.ts";
import {
  chargeWith,
  ledgerOf,
  linesOf,
  paid,
  type ProviderUnderTest,
  type Subject,
} from "./provider-under-test.ts";

/** Responses in place of the provider's, which has executed the request. None of them says what became of it. */
const lost: Record<string, (response: ServerResponse) => void> = {
  "a closed connection": (response) => void response.destroy(),
  "a body that is not JSON": (response) => void respond(response, 200, "<html>welcome</html>"),
  "JSON that says nothing": (response) => void respond(response, 200, "{}"),
  "a failure of the provider's own": (response) => void respond(response, 500, "{}"),
  "a failure of a proxy": (response) => void respond(response, 502, "<html>bad gateway</html>"),
  "a path that a proxy does not know": (response) => void respond(response, 404, "{}"),
  "a redirect": (response) => void response.writeHead(302, { location: "/elsewhere" }).end(),
  "an endless body": (response) => {
    response.writeHead(200);
    const more = () =>
      void (response.destroyed || response.write("x".repeat(1 << 20), () => setImmediate(more)));
    more();
  },
};

/** What an adapter promises when the provider does not respond, or not so that it can be understood. */
export function noResponseSuite({ tokens }: ProviderUnderTest, subject: () => Subject): void {
  const posts = () => subject().proxy.requestCounts.POST ?? 0;

  for (const [what, replacement] of Object.entries(lost))
    it(`takes ${what} for unknown without a second request, and finds the charge later`, async () => {
      const { provider, proxy } = subject();
      const charge = chargeWith(tokens.approved);
      const attemptedSince = new Date();
      proxy.replaceNextResponse(replacement);
      const before = posts();
      expect(await provider.charge(charge)).to.include({ kind: "unknown" });
      expect(posts() - before).to.equal(1);
      const found = await provider.find({ ...charge, attemptedSince });
      expect(found).to.include({ kind: "approved" });
      const repeated = await provider.charge(charge);
      expect(repeated).to.include({ kind: "approved", transactionId: transactionOf(found) });
      expect(linesOf(await ledgerOf(provider, charge.orderId))).to.have.length(1);
    });

  it("waits no longer than its time-out, and finds the charge later", async () => {
    const { provider, impatient, proxy } = subject();
    const charge = chargeWith(tokens.approved);
    const ref = { ...charge, attemptedSince: new Date() };
    proxy.replaceNextResponse(() => {});
    expect(await impatient.charge(charge)).to.include({ kind: "unknown", isOutage: true });
    await eventually(async () => expect(await provider.find(ref)).to.include({ kind: "approved" }));
  });

  it("finds no charge that the provider did not receive, and makes it when it is repeated", async () => {
    const { provider, impatient, proxy } = subject();
    const charge = chargeWith(tokens.approved);
    const ref = { ...charge, attemptedSince: new Date() };
    proxy.intercept(({ method }) => method === "POST");
    expect(await impatient.charge(charge)).to.include({ kind: "unknown" });
    proxy.intercept(undefined);
    expect(await provider.find(ref)).to.deep.equal({ kind: "missing" });
    expect(await provider.charge(charge)).to.include({ kind: "approved" });
  });

  const operations = { capture: "authorize", void: "authorize", refund: "charge" } as const;
  for (const kind of ["capture", "void", "refund"] as const)
    it(`takes a lost response to a ${kind} for unknown, and finds its outcome later`, async () => {
      const { provider, proxy } = subject();
      const { charge, operation } = await paid(provider, operations[kind], tokens.approved);
      const one = operation(kind, 10_000n);
      proxy.replaceNextResponse((response) => void response.destroy());
      const before = posts();
      expect(await provider[kind](one)).to.include({ kind: "unknown" });
      expect(posts() - before).to.equal(1);
      const found = await provider.findOperation(one);
      expect(found).to.deep.include({ kind: "succeeded", amount: one.amount });
      expect(await provider[kind](one), "repeated").to.deep.equal(found);
      const entries = await ledgerOf(provider, charge.orderId);
      expect(entries.filter(({ type }) => type === kind)).to.have.length(1);
    });

  it("says missing only where the provider does, not where a proxy says 404", async () => {
    const { provider, proxy } = subject();
    const { charge, operation } = await paid(provider, "charge", tokens.approved);
    const ref = { ...charge, transactionId: operation("refund", 1n).transactionId };
    for (const body of ["{}", "<html>not found</html>"]) {
      proxy.intercept((_, response) => (respond(response, 404, body), true));
      expect(await provider.find(ref)).to.include({ kind: "unknown" });
      expect(await provider.findOperation(operation("refund", 1n))).to.include({ kind: "unknown" });
      expect(await provider.describeCard(tokens.stored)).to.include({ kind: "unreachable" });
      const failure = await failureOf(ledgerOf(provider));
      expect(failure).to.have.property("name", "ProviderUnreachable");
    }
  });

  it("returns unsent where nothing takes the connection: the call may be sent again", async () => {
    const { provider, unreachable } = subject();
    const charge = chargeWith(tokens.approved);
    const unsent = { kind: "unsent", isOutage: true };
    expect(await unreachable.charge(charge)).to.include(unsent);
    expect(await unreachable.find({ ...charge, attemptedSince: new Date() })).to.include(unsent);
    const { operation } = await paid(provider, "charge", tokens.approved);
    expect(await unreachable.refund(operation("refund", 1n))).to.include(unsent);
    expect(await unreachable.describeCard(tokens.stored)).to.include({ kind: "unreachable" });
    const failure = await failureOf(ledgerOf(unreachable));
    expect(failure).to.have.property("name", "ProviderUnreachable");
  });

  it("names in its reason neither the token nor what was received", async () => {
    const { provider, unreachable, proxy } = subject();
    const charge = chargeWith(tokens.approved);
    const outcomes: object[] = [await unreachable.charge(charge)];
    for (const status of [200, 400, 401, 429, 500]) {
      const echo = JSON.stringify({ error: { message: charge.token } });
      proxy.intercept((_, response) => (respond(response, status, echo), true));
      outcomes.push(await provider.charge(charge), await provider.describeCard(tokens.stored));
    }
    for (const token of [tokens.approved, tokens.stored])
      expect(JSON.stringify(outcomes)).to.not.include(token);
  });
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

function transactionOf(outcome: object): string | undefined {
  return (outcome as { transactionId?: string }).transactionId;
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
