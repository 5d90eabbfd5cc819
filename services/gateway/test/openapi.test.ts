import { expect } from "chai";
import { startTestGateway } from "./support/gateway.ts";

type Description = {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId: string; responses: object }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

describe("the description of the REST routes", () => {
  let gateway: Awaited<ReturnType<typeof startTestGateway>>;
  before(async () => (gateway = await startTestGateway({})));
  after(() => gateway?.stop());

  it("is OpenAPI 3.0.3 with every path, and resolves every reference", async () => {
    const response = await fetch(`${gateway.url}/openapi.json`);
    expect(response.headers.get("content-type")).to.equal("application/json");
    const text = await response.text();
    const description = JSON.parse(text) as Description;
    expect(description.openapi).to.equal("3.0.3");
    const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations).to.have.members([
      ...["GET /orders", "POST /orders", "GET /orders/{orderId}", "PATCH /orders/{orderId}"],
      ...["GET /orders/{orderId}/items", "POST /payments", "GET /payments/{paymentId}"],
      ...["POST /payments/{paymentId}/refund", "GET /payments/order/{orderId}"],
      ...["GET /order/orders", "POST /order/orders", "GET /order/orders/{order_id}"],
      ...["PUT /order/orders/{order_id}", "DELETE /order/orders/{order_id}", "GET /order/user/orders"],
      ...["POST /api/v1/orders", "GET /api/v1/orders", "GET /api/v1/orders/{orderId}"],
      ...["POST /api/v1/orders/{orderId}/cancel", "POST /api/v1/orders/{orderId}/transition"],
      "GET /api/v1/orders/{orderId}/events",
    ]);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    const names = references.map((reference) => /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1]);
    expect(Object.keys(description.components.schemas)).to.include.members([...new Set(names)]);
  });

  it("says that amounts of requests and responses are numbers", async () => {
    const text = await (await fetch(`${gateway.url}/openapi.json`)).text();
    const { CreateOrderRequest, Order } = (JSON.parse(text) as Description).components.schemas as Record<
      string,
      { properties: Record<string, { type: string }> }
    >;
    expect(CreateOrderRequest?.properties["totalAmount"]?.type).to.equal("number");
    expect(Order?.properties["totalAmount"]?.type).to.equal("number");
  });

  it("says that null is accepted where a field of a request may be left out, and nowhere else", async () => {
    const { components } = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as Description;
    const fields = Object.entries(components.schemas).flatMap(([name, schema]) => fieldsOf(schema, name));
    const isRequest = ({ path }: Field) => /^\w+Request\b/.test(path);
    const optional = fields.filter((field) => isRequest(field) && !field.isRequired);
    const nullable = fields.filter(({ isNullable }) => isNullable);
    expect(nullable.map(({ path }) => path)).to.have.members(optional.map(({ path }) => path));
    expect(nullable.map(({ path }) => path)).to.include.members([
      "CreateOrderRequest.shippingAddress",
      "CreateOrderRequest.items[].price",
      "CreatePrefixedOrderRequest.shipping_address.region_code",
      "CreatePaymentRequest.cardToken",
    ]);
  });

  it("is a page to read, which loads nothing from elsewhere and runs nothing", async () => {
    const response = await fetch(`${gateway.url}/docs`);
    expect(response.headers.get("content-type")).to.equal("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).to.match(
      /^default-src 'none'; style-src 'self';/,
    );
    const page = await response.text();
    for (const path of ["/payments/{paymentId}/refund", "/order/user/orders"]) expect(page).to.include(path);
    // A problem's type leads here.
    expect(page).to.include('id="PRICE_CHANGED"');
    expect(page).to.not.match(/<script|<style|style=|https?:\/\//);
    expect((await fetch(`${gateway.url}/docs/style.css`)).status).to.equal(200);
  });
});

type Field = { readonly path: string; readonly isRequired: boolean; readonly isNullable: boolean };

type Schema = {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
};

/** The fields of a schema and those within, but for what may be anything: null is no exception there. */
function fieldsOf({ properties = {}, required = [], items }: Schema, path: string): Field[] {
  const own = Object.entries(properties).flatMap(([name, schema]) => {
    const field = `${path}.${name}`;
    const isRequired = required.includes(name);
    const found = { path: field, isRequired, isNullable: schema.nullable === true };
    return [...(schema.type === undefined ? [] : [found]), ...fieldsOf(schema, field)];
  });
  return [...own, ...(items ? fieldsOf(items, `${path}[]`) : [])];
}
