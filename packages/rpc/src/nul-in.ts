import type { DescMessage, Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";

/**
 * Returns the path of the first text with a NUL character in a message, which Postgres cannot store; undefined where
 * there is none. An idempotency key has a rule of its own.
 */
export function nulIn(schema: DescMessage, message: Message): string | undefined {
  return inMessage(reflect(schema, message));
}

function inMessage(message: ReflectMessage): string | undefined {
  for (const field of message.fields) {
    if (field.name === "idempotency_key" || !message.isSet(field)) continue;
    const path = inValue(message.get(field), field.name);
    if (path !== undefined) return path;
  }
  return undefined;
}

function inValue(value: unknown, name: string): string | undefined {
  if (typeof value === "string") return value.includes("\0") ? name : undefined;
  if (!isObject(value)) return undefined;
  if ("fields" in value) {
    const path = inMessage(value as ReflectMessage);
    return path === undefined ? undefined : `${name}.${path}`;
  }
  if (!(Symbol.iterator in value)) return undefined;
  let index = 0;
  for (const element of value as Iterable<unknown>) {
    // A map's elements are pairs.
    const parts = Array.isArray(element) ? (element as unknown[]) : [element];
    for (const part of parts) {
      const path = inValue(part, `${name}[${index}]`);
      if (path !== undefined) return path;
    }
    index += 1;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
