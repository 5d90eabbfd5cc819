import {
  create,
  ScalarType,
  type DescField,
  type DescMessage,
  type DescService,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { Code, createClient, type CallOptions, type ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { grpcTransport, type GrpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import type { Role } from "@till/rpc/server";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import { ada } from "../../../test/support/fixtures.ts";
import { type PaymentEnvironment, startPaymentEnvironment } from "./support/payment-service.ts";

const number = "4111111111111111";
const written = [
  number,
  "4111 1111 1111 1111",
  "4111-1111-1111-1111",
  "4111.1111.1111.1111",
  "4111/1111/1111/1111",
  "4111_1111_1111_1111",
  "4111    1111    1111    1111",
  "\uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 \uff11\uff11\uff11\uff11",
  "\u0664\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661 \u0661\u0661\u0661\u0661",
  `tok_${number}`,
  `pay with ${number}, cvv 737`,
];
const services = [OrderService, SessionService, PaymentService];

describe("A card number in a request", () => {
  let environment: PaymentEnvironment;
  const transports = new Map<string, GrpcTransport>();
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPaymentEnvironment();
  });
  after(async () => {
    transports.forEach((transport) => transport.close());
    await environment?.stop();
  });

  for (const service of services)
    for (const method of service.methods) {
      const paths = [...textsOf(method.input, [])];
      it(`is rejected in every text of ${service.typeName}/${method.name} and in the key of its metadata`, async () => {
        for (const { path, around } of paths) {
          const error = await rejectionIn(service, method.localName, around(number));
          expect(factsOf(error), path).to.deep.equal({
            reason: "CARD_NUMBER_REFUSED",
            metadata: { field: path },
          });
          expect([error.code, error.rawMessage.includes("4111")]).to.deep.equal([
            Code.InvalidArgument,
            false,
          ]);
        }
        const headers = { "idempotency-key": number };
        const error = await rejectionIn(service, method.localName, {}, { headers });
        expect(factsOf(error)).to.deep.equal({
          reason: "CARD_NUMBER_REFUSED",
          metadata: { field: "metadata.idempotency-key" },
        });
      });
    }

  it("is rejected in every notation", async () => {
    for (const text of written) {
      const error = await rejectionIn(OrderService, "createOrder", { notes: text });
      expect(factsOf(error).metadata, text).to.deep.equal({ field: "notes" });
    }
  });

  it("is stored nowhere, even when the call is rejected for another reason", async () => {
    const headers = { "x-request-id": number, authorization: "Bearer x" };
    await failureOf(environment.payments().getPayment({ paymentId: number }, { headers }));
    await rejectionIn(
      PaymentService,
      "addPaymentMethod",
      { paymentToken: number },
      { headers: { "x-request-id": number } },
    );
    const tables = await environment.query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    for (const { name } of tables) {
      const found = await environment.query(
        `SELECT 1 FROM "${String(name)}" t WHERE t::text ~ '4111.?1111.?1111'`,
      );
      expect(found, String(name)).to.deep.equal([]);
    }
  });

  it("is not found in ids, times, amounts, account numbers and parcel numbers", async () => {
    const texts = ["41111111-1111-1111-1111-111111111111", `n-${Date.now()}-7`, "0.4111111111111111"];
    for (const notes of [...texts, "to DE89 3704 0044 0532 0130 00"])
      expect(await reasonIn({ notes })).not.to.equal("CARD_NUMBER_REFUSED");
    expect(await reasonIn({ cartId: "1234567890123456788" })).not.to.equal("CARD_NUMBER_REFUSED");
    for (const trackingNumber of ["961261347570454", "9400 1118 9922 3197 4284 90"]) {
      const error = await rejectionIn(OrderService, "updateOrderStatus", { trackingNumber });
      expect(reasonOf(error)).not.to.equal("CARD_NUMBER_REFUSED");
    }
  });

  it("is not looked for in metadata that is not stored", async () => {
    for (const name of ["x-datadog-trace-id", "x-cloud-trace-context", "x-note", "x-request-id"]) {
      const error = await failureOf(
        environment.orders().getOrder({ orderId: ada }, { headers: { [name]: number } }),
      );
      expect(reasonOf(error)).to.equal("ORDER_NOT_FOUND");
    }
  });

  /** Why an order with this and no items is rejected. */
  async function reasonIn(request: object) {
    return reasonOf(await rejectionIn(OrderService, "createOrder", request));
  }

  /** The error of a call in a role that may make it. */
  async function rejectionIn(
    service: DescService,
    method: string,
    request: object,
    options: CallOptions = {},
  ) {
    let error: ConnectError | undefined;
    for (const role of ["user", "service", "admin"] as const) {
      error = await failureOf(call(service, method, request, role, options));
      if (reasonOf(error) !== "PERMISSION_DENIED") break;
    }
    return error!;
  }

  async function call(
    service: DescService,
    method: string,
    request: object,
    role: Role,
    options: CallOptions,
  ) {
    const client = createClient(service, transportTo(service, role)) as Record<string, Rpc | undefined>;
    const answer = client[method]!(request, options);
    await (Symbol.asyncIterator in answer ? answer[Symbol.asyncIterator]().next() : answer);
  }

  function transportTo(service: DescService, role: Role): GrpcTransport {
    const address =
      service === PaymentService ? environment.addresses[0]! : environment.env.TILL_ORDER_ADDRESS!;
    const name = `${address} ${role}`;
    const known = transports.get(name);
    if (known) return known;
    const bearer = environment.token(`user=${ada}&role=${role}`);
    const transport = grpcTransport({ address, token: () => bearer, timeoutMs: 10_000, retries: false });
    transports.set(name, transport);
    return transport;
  }
});

type Rpc = (request: object, options: CallOptions) => Promise<unknown> | AsyncIterable<unknown>;

/** A place for a text in a message, and the message around a text in it. */
type Place = { readonly path: string; readonly around: (text: string) => object };

function* textsOf(schema: DescMessage, outer: readonly DescMessage[]): Generator<Place> {
  if (outer.includes(schema)) return;
  for (const field of schema.fields) {
    for (const { path, around } of placesIn(field, [...outer, schema]))
      yield {
        path,
        around: (text) => create(schema, within(field, around(text)) as MessageInitShape<DescMessage>),
      };
  }
}

type Value = { readonly path: string; readonly around: (text: string) => unknown };

function* placesIn(field: DescField, outer: readonly DescMessage[]): Generator<Value> {
  const { name } = field;
  if (field.message) {
    const isList = field.fieldKind === "list";
    for (const { path, around } of textsOf(field.message, outer)) {
      const at = `${name}${isList ? "[0]" : ""}.${path}`;
      yield { path: at, around: (text) => (isList ? [around(text)] : around(text)) };
    }
  } else if (field.scalar === ScalarType.STRING) {
    if (field.fieldKind === "list") yield { path: `${name}[0]`, around: (text) => [text] };
    else if (field.fieldKind === "map") yield { path: name, around: (text) => ({ key: text }) };
    else yield { path: name, around: (text) => text };
  }
}

function within({ oneof, localName }: DescField, value: unknown): object {
  return oneof ? { [oneof.localName]: { case: localName, value } } : { [localName]: value };
}
