import {
  create,
  ScalarType,
  type DescField,
  type DescMessage,
  type DescMethod,
  type Message,
} from "@bufbuild/protobuf";
import type { StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect";
import { tillOver, type Till } from "../../src/till.ts";

type FilledTill = {
  readonly till: Till;
  /** The RPCs that were called, as service/method. */
  readonly called: ReadonlySet<string>;
  readonly transport: Transport;
};

/** A client whose calls go nowhere: each is recorded, and returns a message in which every field is set. */
export function filledTill(): FilledTill {
  const called = new Set<string>();
  const record = (method: DescMethod) => {
    called.add(`${method.parent.name}/${method.name}`);
    const message = filled(method.output) as Message & Record<string, unknown>;
    for (const name of Object.keys(message)) if (/pageToken/i.test(name)) message[name] = "";
    return { service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
  };
  const transport: Transport = {
    unary: (method) =>
      Promise.resolve({ ...record(method), stream: false } as unknown as UnaryResponse<never, never>),
    stream(method) {
      const { message, ...response } = record(method);
      async function* messages() {
        yield await Promise.resolve(message);
      }
      return Promise.resolve({ ...response, stream: true, message: messages() } as unknown as StreamResponse<
        never,
        never
      >);
    },
  };
  const services = { orders: transport, payments: transport, webhooks: transport };
  const transports = {
    ...services,
    orderOps: transport,
    paymentOps: transport,
    webhookOps: transport,
    close: () => undefined,
  };
  const till = tillOver(transports, { token: "token" });
  return { till, called, transport };
}

/** A message with a value in every field, and in one member of each oneof. */
function filled(schema: DescMessage): Message {
  const fields: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const value = valueOf(field);
    if (!field.oneof) fields[field.localName] = value;
    else fields[field.oneof.localName] ??= { case: field.localName, value };
  }
  return create(schema, fields);
}

function valueOf(field: DescField): unknown {
  if (field.fieldKind === "list") return [elementOf(field)];
  return elementOf(field);
}

function elementOf(field: DescField): unknown {
  if (field.message) return wellKnown[field.message.typeName] ?? filled(field.message);
  if (field.enum) return field.enum.values[1]!.number;
  if (field.scalar === ScalarType.STRING) return "text";
  if (field.scalar === ScalarType.BOOL) return true;
  return field.scalar === ScalarType.INT64 ? 7n : 7;
}

const wellKnown: Readonly<Record<string, unknown>> = {
  "google.type.Money": { currencyCode: "EUR", units: 7n, nanos: 0 },
  "google.protobuf.Timestamp": { seconds: 7n, nanos: 0 },
  "google.protobuf.Struct": { key: "value" },
};
