import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { verify } from "./support/receiver.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("CreateEndpoint", () => {
  const url = () => `http://127.0.0.1:9/${newId()}`;
  let environment: WebhookEnvironment;
  before(async () => (environment = await startWebhookEnvironment()));
  after(() => environment.stop());

  it("stores the secret encrypted and shows it once", async () => {
    const { endpoint, secret } = await environment.shop.createEndpoint({
      url: url(),
      eventTypes: ["order.*"],
    });
    expect(secret).to.match(/^whsec_[\w+/]{43}=$/);
    const { endpoints } = await environment.shop.listEndpoints({});
    expect(endpoints.map(({ id }) => id)).to.include(endpoint!.id);
    const { rows } = await environment.pool.query<{ ciphertext: Buffer }>(
      "SELECT ciphertext FROM webhook_secret WHERE endpoint_id = $1",
      [endpoint!.id],
    );
    expect(rows[0]!.ciphertext.includes(secret.slice("whsec_".length))).to.equal(false);
  });

  it("without event types makes one that receives every event", async () => {
    const { endpoint } = await environment.shop.createEndpoint({ url: url() });
    expect(endpoint!.eventTypes).to.deep.equal(["*"]);
  });

  it("is rejected for a repeat, an unknown event type, a user, and a URL that is none", async () => {
    const target = { url: url(), eventTypes: ["*"] };
    await environment.shop.createEndpoint(target);
    const rejections = [
      () => environment.shop.createEndpoint(target),
      () => environment.shop.createEndpoint({ url: url(), eventTypes: ["order.unknown"] }),
      () => environment.webhooks("ada", "user").createEndpoint(target),
      () => environment.shop.createEndpoint({ url: "file:///etc/passwd", eventTypes: ["*"] }),
      () => environment.shop.createEndpoint({ url: "http://user:word@127.0.0.1/", eventTypes: ["*"] }),
    ];
    const reasons: string[] = [];
    for (const call of rejections) reasons.push(factsOf(await failureOf(call())).reason);
    expect(reasons).to.deep.equal([
      "WEBHOOK_ENDPOINT_EXISTS",
      "INVALID_ARGUMENT",
      "PERMISSION_DENIED",
      "WEBHOOK_URL_REJECTED",
      "WEBHOOK_URL_REJECTED",
    ]);
  });

  it("makes an endpoint that another service does not find, and an admin does", async () => {
    const { endpoint } = await environment.shop.createEndpoint({ url: url(), eventTypes: ["*"] });
    const { id: endpointId } = endpoint!;
    const other = environment.webhooks("other");
    for (const call of [
      () => other.updateEndpoint({ endpointId, disabled: true }),
      () => other.rotateSecret({ endpointId }),
      () => other.listDeliveries({ endpointId }),
      () => other.deleteEndpoint({ endpointId }),
    ])
      expect(factsOf(await failureOf(call())).reason).to.equal("WEBHOOK_ENDPOINT_NOT_FOUND");
    await environment.webhooks("ops", "admin").deleteEndpoint({ endpointId });
  });
});

describe("RotateSecret", () => {
  it("has each delivery signed with the new and the former secret", async () => {
    const environment = await startWebhookEnvironment();
    const receiver = await environment.receiver();
    const { secret } = await environment.shop.rotateSecret({ endpointId: receiver.endpointId });
    await environment.publish(newId());
    await eventually(() => expect(receiver.received).to.have.length(1));
    verify(receiver.secret, receiver.received[0]!);
    verify(secret, receiver.received[0]!);
    await environment.pool.query("UPDATE webhook_secret SET expires_at = now() WHERE expires_at IS NOT NULL");
    await environment.publish(newId());
    await eventually(() => expect(receiver.received).to.have.length(2));
    verify(secret, receiver.received[1]!);
    expect(() => verify(receiver.secret, receiver.received[1]!)).to.throw();
    await receiver.close();
    await environment.stop();
  });
});

describe("DeleteEndpoint", () => {
  it("ends the deliveries to the endpoint", async () => {
    const environment = await startWebhookEnvironment();
    const [deleted, kept] = [await environment.receiver(), await environment.receiver()];
    deleted.respondWith((response) => response.writeHead(500).end());
    await environment.publish(newId());
    await eventually(() => expect(deleted.received).to.have.length.above(1));
    await environment.shop.deleteEndpoint({ endpointId: deleted.endpointId });
    const { rows } = await environment.pool.query("SELECT 1 FROM webhook_queue WHERE endpoint_id = $1", [
      deleted.endpointId,
    ]);
    expect(rows).to.deep.equal([]);
    const id = await environment.publish(newId());
    await eventually(() => expect(kept.received.map((webhook) => webhook.id)).to.include(id));
    expect(deleted.received.map((webhook) => webhook.id)).to.not.include(id);
    await Promise.all([deleted.close(), kept.close()]);
    await environment.stop();
  });
});

describe("An endpoint where private addresses are not allowed", () => {
  const rejected = [
    ...[
      "http://203.0.113.7/",
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://017700000001/",
    ],
    ...[
      "https://0.0.0.0/",
      "https://10.1.2.3/",
      "https://172.16.0.1/",
      "https://192.168.1.1/",
      "https://100.64.0.1/",
    ],
    ...["https://169.254.169.254/latest/meta-data/", "https://localhost/", "https://[::1]/", "https://[::]/"],
    ...[
      "https://[::ffff:127.0.0.1]/",
      "https://[fe80::1]/",
      "https://[fd00:ec2::254]/",
      "https://[64:ff9b::7f00:1]/",
    ],
    ...[
      "https://[2002:7f00:1::]/",
      "https://224.0.0.1/",
      "https://255.255.255.255/",
      "https://127。0。0。1/",
    ],
  ];
  let environment: WebhookEnvironment;
  before(async () => {
    environment = await startWebhookEnvironment({
      TILL_WEBHOOK_ALLOW_HTTP: "off",
      TILL_WEBHOOK_ALLOW_PRIVATE: "off",
    });
  });
  after(() => environment.stop());

  for (const url of rejected)
    it(`is not created for ${url}`, async () => {
      const failure = await failureOf(environment.shop.createEndpoint({ url, eventTypes: ["*"] }));
      expect(factsOf(failure).reason).to.equal("WEBHOOK_URL_REJECTED");
    });

  it("is created for a public address", async () => {
    await environment.shop.createEndpoint({ url: "https://8.8.8.8/", eventTypes: ["order.shipped"] });
  });

  // As where the name of an endpoint is made to resolve to another address later.
  for (const url of ["https://localhost/", "https://127.0.0.1/", "https://[::ffff:127.0.0.1]/"])
    it(`that came to be ${url} is not connected to`, async () => {
      const created = { url: `https://8.8.8.8/${newId()}`, eventTypes: ["order.delivered"] };
      const { endpoint } = await environment.shop.createEndpoint(created);
      await environment.pool.query("UPDATE webhook_endpoint SET url = $2 WHERE id = $1", [endpoint!.id, url]);
      await environment.publish(newId(), "order.delivered");
      await eventually(async () => {
        const [delivery] = await environment.deliveries(endpoint!.id);
        expect(delivery?.attempts[0]?.error).to.equal("ADDRESS_NOT_ALLOWED");
      });
      await environment.shop.deleteEndpoint({ endpointId: endpoint!.id });
    });
});
