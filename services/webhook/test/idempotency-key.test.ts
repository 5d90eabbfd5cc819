import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("The idempotency key of a command on webhooks", () => {
  const url = () => `http://127.0.0.1:9/${newId()}`;
  let environment: WebhookEnvironment;
  before(async () => (environment = await startWebhookEnvironment()));
  after(() => environment.stop());

  /** A call's response, and whether its trailer says that it is a replay. */
  async function resultOf<Response>(call: (options: ReadTrailer) => Promise<Response>) {
    let isReplay = false;
    const onTrailer = (trailer: Headers) => {
      isReplay = trailer.get("idempotent-replay") === "true";
    };
    return { response: await call({ onTrailer }), isReplay };
  }
  type ReadTrailer = { readonly onTrailer: (trailer: Headers) => void };

  async function endedDelivery() {
    const receiver = await environment.receiver();
    await environment.publish(newId());
    const [delivery] = await eventually(async () => {
      const deliveries = await environment.deliveries(receiver.endpointId);
      expect(deliveries[0]?.endedAt).to.not.equal(undefined);
      return deliveries;
    });
    return { receiver, delivery: delivery! };
  }

  it("of CreateEndpoint makes one endpoint of concurrent requests, and each shows its secret", async () => {
    const request = { url: url(), idempotencyKey: newId() };
    const results = await Promise.all(
      [1, 2, 3].map(() => resultOf((options) => environment.shop.createEndpoint(request, options))),
    );
    expect(new Set(results.map(({ response }) => response.endpoint!.id)).size).to.equal(1);
    expect(new Set(results.map(({ response }) => response.secret)).size).to.equal(1);
    expect(results.map(({ isReplay }) => isReplay)).to.have.members([false, true, true]);
    for (const { response, isReplay } of results) expect(response.idempotentReplay).to.equal(isReplay);
  });

  it("may be metadata, and belongs to its caller", async () => {
    const key = newId();
    const headers = { "idempotency-key": key };
    const request = { url: url() };
    const first = await environment.shop.createEndpoint(request, { headers });
    const repeat = await environment.shop.createEndpoint({ ...request, idempotencyKey: key });
    expect(repeat).to.deep.include({ endpoint: first.endpoint, secret: first.secret });
    const other = await environment.webhooks("other").createEndpoint(request, { headers });
    expect(other.endpoint!.id).to.not.equal(first.endpoint!.id);
    const invalid = environment.shop.createEndpoint({ ...request, idempotencyKey: "a b" });
    expect(await rejectionReason(invalid)).to.equal("IDEMPOTENCY_KEY_INVALID");
  });

  it("with another request is IDEMPOTENCY_KEY_REUSED, whichever command it is", async () => {
    const idempotencyKey = newId();
    const { shop } = environment;
    const { endpoint } = await shop.createEndpoint({ url: url(), idempotencyKey });
    const endpointId = endpoint!.id;
    for (const call of [
      () => shop.createEndpoint({ url: url(), idempotencyKey }),
      () => shop.updateEndpoint({ endpointId, disabled: true, idempotencyKey }),
      () => shop.rotateSecret({ endpointId, idempotencyKey }),
      () => shop.deleteEndpoint({ endpointId, idempotencyKey }),
      () => shop.redeliverWebhook({ deliveryId: endpointId, idempotencyKey }),
    ])
      expect(await rejectionReason(call())).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("is not used by a request that fails", async () => {
    const idempotencyKey = newId();
    const failing = environment.shop.createEndpoint({ url: "no URL", idempotencyKey });
    expect(await rejectionReason(failing)).to.equal("WEBHOOK_URL_REJECTED");
    await environment.shop.createEndpoint({ url: url(), idempotencyKey });
  });

  it("of UpdateEndpoint changes it once: a replay returns it as it is now", async () => {
    const { endpoint } = await environment.shop.createEndpoint({ url: url() });
    const endpointId = endpoint!.id;
    const request = { endpointId, description: "first", idempotencyKey: newId() };
    await environment.shop.updateEndpoint(request);
    await environment.shop.updateEndpoint({ endpointId, description: "second" });
    const repeat = { ...request, endpointId: endpointId.toUpperCase() };
    const { response, isReplay } = await resultOf((options) =>
      environment.shop.updateEndpoint(repeat, options),
    );
    expect([response.endpoint!.description, isReplay]).to.deep.equal(["second", true]);
  });

  it("of RotateSecret makes one secret, which replays show while it is valid", async () => {
    const { endpoint, secret: firstSecret } = await environment.shop.createEndpoint({ url: url() });
    const request = { endpointId: endpoint!.id, idempotencyKey: newId() };
    const first = await environment.shop.rotateSecret(request);
    const { response, isReplay } = await resultOf((options) =>
      environment.shop.rotateSecret(request, options),
    );
    expect(isReplay).to.equal(true);
    expect(response).to.deep.equal({ ...first, idempotentReplay: true });
    expect(first.secret).to.not.equal(firstSecret);
    const hoursLeft = Number(first.formerExpiresAt!.seconds) / 3600 - Date.now() / 3_600_000;
    expect(hoursLeft).to.be.closeTo(24, 1);
    await environment.pool.query("UPDATE webhook_secret SET expires_at = now() WHERE endpoint_id = $1", [
      endpoint!.id,
    ]);
    expect((await environment.shop.rotateSecret(request)).secret).to.equal("");
  });

  it("of RedeliverWebhook sends it once", async () => {
    const { receiver, delivery } = await endedDelivery();
    const request = { deliveryId: delivery.id, idempotencyKey: newId() };
    await environment.shop.redeliverWebhook(request);
    await eventually(() => expect(receiver.received).to.have.length(2));
    await eventually(async () =>
      expect((await environment.deliveries(receiver.endpointId))[0]!.endedAt).to.not.equal(undefined),
    );
    const { response, isReplay } = await resultOf((options) =>
      environment.shop.redeliverWebhook(request, options),
    );
    expect([response.delivery!.attempts.length, isReplay]).to.deep.equal([2, true]);
    // Had the replay made it due again, it would not have ended.
    expect(response.delivery!.endedAt).to.not.equal(undefined);
    await receiver.close();
  });

  it("of DeleteEndpoint and CreateEndpoint holds after the endpoint was deleted", async () => {
    const creation = { url: url(), idempotencyKey: newId() };
    const { endpoint } = await environment.shop.createEndpoint(creation);
    const deletion = { endpointId: endpoint!.id, idempotencyKey: newId() };
    await environment.shop.deleteEndpoint(deletion);
    const { isReplay } = await resultOf((options) => environment.shop.deleteEndpoint(deletion, options));
    expect(isReplay).to.equal(true);
    for (const call of [
      () => environment.shop.deleteEndpoint({ endpointId: endpoint!.id }),
      () => environment.shop.createEndpoint(creation),
    ])
      expect(await rejectionReason(call())).to.equal("WEBHOOK_ENDPOINT_NOT_FOUND");
  });
});
