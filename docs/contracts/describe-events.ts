import type { Contracts, EventContract } from "@till/contracts";
import { inventoryEvents, inventoryTopic } from "@till/contracts/inventory-events";
import { orderTopic } from "@till/contracts/order-events";
import { paymentEvents, paymentTopic } from "@till/contracts/payment-events";
import { personEvents } from "@till/contracts/person-events";
import { bodySchema, type JsonSchema } from "./event-schema.ts";
import { fieldExamples, ownExamples } from "./field-examples.ts";
import { contact, contractVersion, license } from "./publisher.ts";

/** An AsyncAPI 2.6 document, as far as its readers here use it. */
export type AsyncApi = {
  readonly asyncapi: "2.6.0";
  readonly info: { readonly title: string; readonly description: string; readonly [field: string]: unknown };
  readonly channels: Readonly<Record<string, Channel>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
  readonly [field: string]: unknown;
};

type Channel = {
  readonly description: string;
  /** What the service publishes: others subscribe to it. */
  readonly subscribe?: Operation;
  /** What the service consumes: others publish it. */
  readonly publish?: Operation;
  readonly bindings: object;
};

type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly message: { readonly oneOf: readonly { readonly $ref: string }[] };
  readonly bindings?: object;
};

type Message = {
  readonly messageId: string;
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly headers: JsonSchema;
  readonly payload: { readonly $ref: string };
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[];
  readonly [field: string]: unknown;
};

type Described = {
  readonly service: string;
  readonly group: string;
  readonly about: string;
  readonly topic: string;
  readonly published: Contracts;
  readonly consumed: Contracts;
};

/** Describes what a service publishes to its topic and consumes of others. */
export function describeEvents({ service, group, about, topic, published, consumed }: Described): AsyncApi {
  const consumedTopics = Object.groupBy(Object.keys(consumed), topicOf);
  const all = Object.entries({ ...published, ...consumed });
  return {
    asyncapi: "2.6.0",
    id: `urn:till:${service}:events`,
    info: {
      title: `Till: events of the ${service} service`,
      version: contractVersion,
      description: `${about} ${delivery}`,
      contact,
      license,
    },
    tags: [{ name: service, description: `Events of the ${service} service.` }],
    defaultContentType: "application/json",
    servers: {
      kafka: {
        url: "127.0.0.1:9092",
        protocol: "kafka",
        description: "The brokers of KAFKA_BROKERS, as `npm run stack` starts one.",
      },
    },
    channels: {
      [topic]: channel(topic, {
        subscribe: {
          operationId: `subscribeTo${pascalCase(topic)}`,
          summary: `Every event that the ${service} service publishes`,
          description: "Published through an outbox, in the order of the changes of each key.",
          message: oneOf(Object.keys(published)),
        },
      }),
      ...Object.fromEntries(
        Object.entries(consumedTopics).map(([from, types]) => [
          from,
          channel(from, {
            publish: {
              operationId: `publishTo${pascalCase(from)}`,
              summary: `What the ${service} service consumes of this topic`,
              description: "Each event is applied once, however often it is delivered; others are skipped.",
              message: oneOf(types!),
              bindings: { kafka: { groupId: { type: "string", const: group }, bindingVersion: "0.4.0" } },
            },
          }),
        ]),
      ),
    },
    components: {
      messages: Object.fromEntries(all.map(([type, contract]) => [type, message(type, contract)])),
      schemas: {
        CloudEvent: cloudEvent,
        ...Object.fromEntries(all.map(([type, contract]) => [pascalCase(type), bodySchema(contract)])),
      },
    },
  };
}

const delivery =
  "A record is a CloudEvent in Kafka's binary mode: its attributes are headers, its value the JSON body. Delivery is at least once, a repeat with the same `ce_id`. Fields may be added without notice.";

function channel(topic: string, operations: Pick<Channel, "subscribe" | "publish">): Channel {
  return {
    description: "Keyed by the order's id, so that the events of one order stay in order.",
    ...operations,
    bindings: { kafka: { topic, bindingVersion: "0.4.0" } },
  };
}

/** The topic of an event that a service consumes. */
function topicOf(type: string): string {
  if (type in paymentEvents) return paymentTopic;
  return type in inventoryEvents ? inventoryTopic : orderTopic;
}

function message(type: string, { when, alsoCalled, versionOf, body }: EventContract): Message {
  return {
    messageId: type,
    name: type,
    title: pascalCase(type),
    summary: `${when[0]!.toUpperCase()}${when.slice(1)}.`,
    ...(alsoCalled.length > 0 && { description: `Also called ${alsoCalled.join(", ")}.` }),
    contentType: "application/json",
    headers: {
      type: "object",
      allOf: [{ $ref: "#/components/schemas/CloudEvent" }],
      // Of another system's events no more is needed than CloudEvents requires.
      ...(!(type in inventoryEvents) && { required: ["ce_time", "ce_subject", "ce_dataversion"] }),
      properties: {
        ce_type: { type: "string", const: type },
        ce_dataversion: { type: "string", description: `Version of ${versionOf}.` },
      },
    },
    payload: { $ref: `#/components/schemas/${pascalCase(type)}` },
    bindings: {
      kafka: {
        key: { type: "string", description: type in personEvents ? "The user's id." : "The order's id." },
        bindingVersion: "0.4.0",
      },
    },
    examples: [{ name: pascalCase(type), payload: exampleOf(type, Object.keys(body.shape)) }],
  };
}

function exampleOf(type: string, fields: readonly string[]): object {
  const own = ownExamples[type] ?? {};
  return Object.fromEntries(
    fields.map((field) => {
      const example = own[field] ?? fieldExamples[field];
      if (example === undefined) throw new Error(`docs/contracts/field-examples.ts has no ${field}`);
      return [field, example];
    }),
  );
}

const cloudEvent: JsonSchema = {
  type: "object",
  required: ["ce_specversion", "ce_id", "ce_type", "ce_source"],
  properties: {
    ce_specversion: { type: "string", const: "1.0" },
    ce_id: { type: "string", description: "Of the event; a repeat has the same." },
    ce_type: { type: "string", description: "The event's type." },
    ce_source: { type: "string", description: "The service that published it." },
    ce_time: { type: "string", format: "date-time", description: "When the change was committed." },
    ce_subject: { type: "string", description: "The key of the record." },
    ce_dataversion: { type: "string", pattern: "^\\d+$", description: "Ascends with each change." },
    "content-type": { type: "string", const: "application/json" },
    traceparent: { type: "string", description: "W3C Trace Context of the change." },
  },
};

function oneOf(types: readonly string[]) {
  return { oneOf: types.map((type) => ({ $ref: `#/components/messages/${type}` })) };
}

/** OrderCreated of order.created, PaymentRefundFailed of payment.refund_failed. */
function pascalCase(type: string): string {
  return type
    .split(/[._]/)
    .map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`)
    .join("");
}
