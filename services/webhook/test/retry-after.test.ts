import { timestampDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("An endpoint that responds with Retry-After", () => {
  let environment: WebhookEnvironment;
  before(async () => {
    environment = await startWebhookEnvironment({ TILL_WEBHOOK_PAUSES_SECONDS: "0.1,7200" });
  });
  after(() => environment.stop());

  async function endpointOf({ endpointId }: { readonly endpointId: string }) {
    const { endpoints } = await environment.shop.listEndpoints({});
    return endpoints.find(({ id }) => id === endpointId)!;
  }

  it("gets nothing until RedeliverWebhook or UpdateEndpoint ends the pause", async () => {
    const receiver = await environment.receiver();
    const { endpointId } = receiver;
    receiver.respondWith((response) => response.writeHead(503, { "retry-after": "3600" }).end());
    const first = await environment.publish(newId());
    await eventually(async () => expect((await endpointOf(receiver)).pausedUntil).to.not.equal(undefined));
    const second = await environment.publish(newId());
    const [waiting] = await eventually(async () => {
      const deliveries = await environment.deliveries(endpointId);
      expect(deliveries.map(({ eventId }) => eventId)).to.deep.equal([second, first]);
      return deliveries;
    });
    expect(waiting!.attempts).to.deep.equal([]);

    receiver.respondWith((response) => response.end());
    await environment.shop.redeliverWebhook({ deliveryId: waiting!.id });
    await eventually(() => expect(receiver.received.map(({ id }) => id)).to.deep.equal([first, second]));
    expect((await endpointOf(receiver)).pausedUntil).to.equal(undefined);
    await environment.shop.updateEndpoint({ endpointId, url: `${receiver.url}?moved` });
    await eventually(() =>
      expect(receiver.received.map(({ id }) => id)).to.deep.equal([first, second, first]),
    );
    await receiver.close();
  });

  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  const hours = [
    { given: "429 and seconds", status: 429, value: "3600", pauses: 1 },
    { given: "503 and a date", status: 503, value: inAnHour, pauses: 1 },
    { given: "more than the longest pause", status: 503, value: "999999999999", pauses: 2 },
    { given: "a date that is over", status: 503, value: "Wed, 21 Oct 2015 07:28:00 GMT", pauses: 0 },
    { given: "what is neither", status: 429, value: "soon", pauses: 0 },
    { given: "less than nothing", status: 429, value: "-5", pauses: 0 },
    { given: "another status", status: 500, value: "3600", pauses: 0 },
  ];
  for (const { given, status, value, pauses } of hours)
    it(`with ${given} is paused for ${pauses} h`, async () => {
      const receiver = await environment.receiver();
      receiver.respondWith((response) => response.writeHead(status, { "retry-after": value }).end());
      await environment.publish(newId());
      await eventually(async () => {
        const [delivery] = await environment.deliveries(receiver.endpointId);
        expect(delivery?.attempts[0]?.statusCode).to.equal(status);
      });
      const { pausedUntil } = await endpointOf(receiver);
      const pausedHours = pausedUntil ? (timestampDate(pausedUntil).getTime() - Date.now()) / 3_600_000 : 0;
      expect(pausedHours).to.be.closeTo(pauses, 0.2);
      await environment.shop.deleteEndpoint({ endpointId: receiver.endpointId });
      await receiver.close();
    });
});
