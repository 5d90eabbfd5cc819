import { DeliveryStatus } from "@till/gen/till/webhook/v1/webhook_service_pb";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startReceiver, verify } from "./support/receiver.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("A delivery", () => {
  let environment: WebhookEnvironment;
  before(async () => (environment = await startWebhookEnvironment()));
  after(() => environment.stop());

  it("has the event's id, type, time and data, and a signature that the published library verifies", async () => {
    const receiver = await environment.receiver(["order.*"]);
    const orderId = newId();
    const data = `{"orderId":"${orderId}","amount":49.00}`;
    await environment.publish(orderId, "payment.failed");
    const id = await environment.publish(orderId, "order.confirmed", data);
    await eventually(() => expect(receiver.about(orderId)).to.have.length(1));
    const [webhook] = receiver.about(orderId);
    verify(receiver.secret, webhook!);
    expect(webhook!.id).to.equal(id);
    expect(webhook!.payload.type).to.equal("order.confirmed");
    expect(webhook!.body).to.include(`"data":${data}}`);
    await eventually(async () => {
      const [delivery] = await environment.deliveries(receiver.endpointId);
      expect(delivery).to.deep.include({ eventId: id, orderId, status: DeliveryStatus.DELIVERED });
      expect(delivery!.attempts.map(({ statusCode, error }) => [statusCode, error])).to.deep.equal([
        [200, ""],
      ]);
    });
    await receiver.close();
  });

  it("reaches a receiver that was down, in order of each order, once it is up", async () => {
    const receiver = await environment.receiver();
    const orders = [newId(), newId()];
    await receiver.down();
    const sent = await Promise.all(orders.map((orderId) => environment.publishMany(orderId, 5)));
    await eventually(async () => {
      const attempts = (await environment.deliveries(receiver.endpointId)).flatMap((one) => one.attempts);
      expect(attempts.map(({ error }) => error)).to.include("ECONNREFUSED");
    });
    await receiver.up();
    for (const [index, orderId] of orders.entries())
      await eventually(() => expect(receiver.about(orderId).map(({ id }) => id)).to.deep.equal(sent[index]));
    await receiver.close();
  });

  it("that is answered 500 holds its order's later ones, and not those of another order", async () => {
    const receiver = await environment.receiver();
    const [failing, other] = [newId(), newId()];
    let isBroken = true;
    receiver.respondWith((response, { payload }) =>
      response.writeHead(isBroken && payload.data.orderId === failing ? 500 : 204).end(),
    );
    const [first, second] = await environment.publishMany(failing, 2);
    const sent = await environment.publishMany(other, 3);
    await eventually(() => expect(receiver.about(other).map(({ id }) => id)).to.deep.equal(sent));
    await eventually(() => expect(receiver.about(failing)).to.have.length.above(1));
    expect(new Set(receiver.about(failing).map(({ id }) => id))).to.deep.equal(new Set([first]));
    isBroken = false;
    await eventually(() => expect(receiver.about(failing).at(-1)?.id).to.equal(second));
    await receiver.close();
  });

  it("to a slow endpoint does not hold those to others", async () => {
    const [slow, quick] = [await environment.receiver(), await environment.receiver()];
    const open: (() => void)[] = [];
    slow.respondWith((response) => open.push(() => response.end()));
    const orders = Array.from({ length: 10 }, () => newId());
    for (const orderId of orders) await environment.publish(orderId);
    await eventually(() => expect(quick.received).to.have.length(10));
    await eventually(() => expect(open).to.have.length(4)); // so many at a time
    slow.respondWith((response) => response.end());
    for (const respond of open) respond();
    await eventually(() => expect(new Set(slow.received.map(({ id }) => id)).size).to.equal(10));
    await Promise.all([slow.close(), quick.close()]);
  });

  it("is FAILED by 410, which disables the endpoint; enabled again, what waited is sent", async () => {
    const receiver = await environment.receiver();
    const { endpointId } = receiver;
    const orderId = newId();
    receiver.respondWith((response) => response.writeHead(410).end());
    const [gone, waiting] = await environment.publishMany(orderId, 2);
    await eventually(async () => {
      const { endpoints } = await environment.shop.listEndpoints({});
      expect(endpoints.find(({ id }) => id === endpointId)).to.include({
        disabled: true,
        disabledReason: "GONE",
      });
    });
    receiver.respondWith((response) => response.end());
    await environment.shop.updateEndpoint({ endpointId, disabled: false });
    const waited = (await environment.deliveries(endpointId)).some(({ eventId }) => eventId === waiting);
    await eventually(() =>
      expect(receiver.received.map(({ id }) => id)).to.deep.equal(waited ? [gone, waiting] : [gone]),
    );
    const { deliveries } = await environment.shop.listDeliveries({
      endpointId,
      status: DeliveryStatus.FAILED,
    });
    expect(deliveries.map(({ eventId }) => eventId)).to.deep.equal([gone]);
    await receiver.close();
  });

  it("does not follow a redirect", async () => {
    const [receiver, target] = [await environment.receiver(), await startReceiver()];
    receiver.respondWith((response) => response.writeHead(307, { location: target.url }).end());
    await environment.publish(newId());
    await eventually(() => expect(receiver.received).to.have.length.above(1));
    expect(target.received).to.deep.equal([]);
    await environment.shop.deleteEndpoint({ endpointId: receiver.endpointId });
    await Promise.all([receiver.close(), target.close()]);
  });
});

describe("A delivery whose time is over", () => {
  it("is FAILED, the order's next one is sent, and RedeliverWebhook sends it again under its id", async () => {
    const environment = await startWebhookEnvironment({ TILL_WEBHOOK_FAIL_AFTER_SECONDS: "0.5" });
    const receiver = await environment.receiver();
    const { endpointId } = receiver;
    const orderId = newId();
    let failing: string | undefined;
    receiver.respondWith((response, { id }) => response.writeHead(id === (failing ??= id) ? 500 : 200).end());
    const [first, second] = await environment.publishMany(orderId, 2);
    await eventually(() => expect(receiver.received.at(-1)?.id).to.equal(second));
    const attempted = receiver.received.slice(0, -1).map(({ id }) => id);
    expect(attempted).to.have.length.above(1);
    expect(new Set(attempted)).to.deep.equal(new Set([first]));
    const [failed] = await eventually(async () => {
      const { deliveries } = await environment.shop.listDeliveries({
        endpointId,
        status: DeliveryStatus.FAILED,
      });
      expect(deliveries.map(({ eventId }) => eventId)).to.deep.equal([first]);
      return deliveries;
    });
    expect(failed!.attempts.map(({ statusCode }) => statusCode)).to.deep.equal(attempted.map(() => 500));

    receiver.respondWith((response) => response.end());
    await environment.shop.redeliverWebhook({ deliveryId: failed!.id });
    await eventually(() => expect(receiver.received.at(-1)?.id).to.equal(first));
    await eventually(async () => {
      const { deliveries } = await environment.shop.listDeliveries({
        endpointId,
        status: DeliveryStatus.DELIVERED,
      });
      expect(deliveries.map(({ eventId }) => eventId)).to.have.members([first, second]);
    });
    await receiver.close();
    await environment.stop();
  });
});

describe("A receiver that is slow, then responds 500, then is down", () => {
  it("gets every event in order of each order once it is back, each with a signature that holds", async () => {
    const environment = await startWebhookEnvironment({ TILL_WEBHOOK_TIMEOUT_MS: "200" });
    const receiver = await environment.receiver();
    const { endpointId } = receiver;
    const orders = Array.from({ length: 5 }, () => newId());
    const sent = await Promise.all(orders.map((orderId) => environment.publishMany(orderId, 4)));
    const untilAttemptedWith = (statusCode: number, error: string) =>
      eventually(async () => {
        const attempts = (await environment.deliveries(endpointId)).flatMap((one) => one.attempts);
        expect(attempts.map((one) => [one.statusCode, one.error])).to.deep.include([statusCode, error]);
      });
    receiver.respondWith(() => undefined);
    for (const orderId of orders) await environment.publish(orderId).then((id) => sentOf(orderId).push(id));
    await untilAttemptedWith(0, "TIMEOUT");
    receiver.respondWith((response) => response.writeHead(500).end());
    await untilAttemptedWith(500, "");
    await receiver.down();
    await untilAttemptedWith(0, "ECONNREFUSED");
    receiver.respondWith((response) => response.end());
    await receiver.up();

    await eventually(async () => {
      const deliveries = await environment.deliveries(endpointId);
      expect(deliveries.map(({ status }) => status)).to.deep.equal(
        Array.from({ length: 25 }, () => DeliveryStatus.DELIVERED),
      );
    });
    for (const orderId of orders) {
      // A repeat follows its first attempt: the order's next event is not sent between them.
      const ids = receiver.about(orderId).map(({ id }) => id);
      expect(ids.filter((id, index) => id !== ids[index - 1])).to.deep.equal(sentOf(orderId));
    }
    for (const webhook of receiver.received) verify(receiver.secret, webhook);
    await receiver.close();
    await environment.stop();

    function sentOf(orderId: string): string[] {
      return sent[orders.indexOf(orderId)]!;
    }
  });
});

describe("Two replicas", () => {
  it("send each delivery once, in order of each order", async () => {
    const environment = await startWebhookEnvironment({}, 2);
    const receiver = await environment.receiver();
    const orders = Array.from({ length: 20 }, () => newId());
    const sent = await Promise.all(orders.map((orderId) => environment.publishMany(orderId, 5)));
    await eventually(async () => {
      const { deliveries } = await environment.shop.listDeliveries({
        ...{ endpointId: receiver.endpointId, status: DeliveryStatus.DELIVERED, pageSize: 200 },
      });
      expect(deliveries).to.have.length(100);
    });
    for (const [index, orderId] of orders.entries())
      expect(receiver.about(orderId).map(({ id }) => id)).to.deep.equal(sent[index]);
    await receiver.close();
    await environment.stop();
  });
});
