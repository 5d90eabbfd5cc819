import type { DescMessage, Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import type { Random } from "./random.ts";

/** An order, payment and so on that the run has made. */
type Known = { readonly id: string; readonly total?: Money };
export type Money = { readonly currencyCode: string; readonly units: bigint; readonly nanos: number };

/** What the run has made so far, by kind and owner, so that messages can name it. */
export type KnownIds = {
  /** Finds what a response has. An owner that is not among the run's users is not looked at. */
  harvest(schema: DescMessage, message: Message): void;
  /** One of the latest of an owner; undefined where there is none. It takes one random value in either case. */
  pick(kind: string, owner: string, random: Random): Known | undefined;
};

const kinds: Readonly<Record<string, string>> = {
  "till.order.v1.Order": "order",
  "till.order.v1.OrderItem": "item",
  "till.payment.v1.Payment": "payment",
  "till.payment.v1.PaymentMethod": "payment_method",
  "till.payment.v1.Reconciliation": "reconciliation",
  "till.session.v1.Booking": "booking",
  "till.webhook.v1.Endpoint": "endpoint",
  "till.webhook.v1.Delivery": "delivery",
};

const latest = 40;

export function knownIds(owners: readonly string[]): KnownIds {
  const known = new Map<string, Known[]>();

  function add(kind: string, owner: string, found: Known): void {
    const name = `${kind} ${owner}`;
    const list = known.get(name) ?? [];
    if (list.some(({ id }) => id === found.id)) return;
    known.set(name, [...list, found].slice(-latest));
  }

  function walk(message: ReflectMessage, outer: string | undefined): void {
    const kind = kinds[message.desc.typeName];
    const owner = textIn(message, "user_id") || outer;
    if (kind === "order" && owner !== undefined && !owners.includes(owner)) return;
    const id = textIn(message, "id");
    if (kind !== undefined && id !== "") {
      const total = moneyIn(message);
      for (const one of owner === undefined ? owners : [owner])
        if (owners.includes(one)) add(kind, one, { id, ...(total && { total }) });
    }
    for (const field of message.fields) {
      if (!message.isSet(field)) continue;
      if (field.name.endsWith("page_token") && field.fieldKind === "scalar")
        for (const one of owners) add("page_token", one, { id: textIn(message, field.name) });
      for (const inner of messagesIn(message.get(field))) walk(inner, owner);
    }
  }

  return {
    harvest: (schema, message) => walk(reflect(schema, message), undefined),
    pick(kind, owner, random) {
      const list = known.get(`${kind} ${owner}`) ?? [];
      const place = random.below(latest);
      return list[place % (list.length || 1)];
    },
  };
}

function textIn(message: ReflectMessage, name: string): string {
  const field = message.fields.find((one) => one.name === name && one.fieldKind === "scalar");
  const value: unknown = field && message.get(field);
  return typeof value === "string" ? value : "";
}

function moneyIn(message: ReflectMessage): Money | undefined {
  const field = message.fields.find(({ name }) => name === "total" || name === "amount");
  if (field?.fieldKind !== "message" || !message.isSet(field)) return undefined;
  return message.get(field).message as unknown as Money;
}

function* messagesIn(value: unknown): Generator<ReflectMessage> {
  if (typeof value !== "object" || value === null) return;
  if ("desc" in value && "fields" in value) yield value as ReflectMessage;
  else if (Symbol.iterator in value) for (const one of value as Iterable<unknown>) yield* messagesIn(one);
}
