import { ScalarType, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import type { Metadata } from "@grpc/grpc-js";
import { hasCardNumber } from "@till/telemetry";
import { appError } from "./app-error.ts";

/**
 * Throws CARD_NUMBER_REFUSED, naming the field, where a text anywhere in a request looks like a card number: such a
 * number must not reach a log, a database or another service. A key or an id of nothing but 13 to 19 digits that
 * pass the Luhn check is refused as well; UUIDs are safe.
 */
export function refuseCardNumbers(schema: DescMessage, message: Message): void {
  const path = pathToCardNumber(schema, message);
  if (path !== undefined) refuseAt(path);
}

/** The same for a call's metadata, but for what the transport and the caller's identity need. */
export function refuseCardNumbersIn(metadata: Metadata): void {
  const headers = metadata.toHttp2Headers();
  for (const name in headers) {
    if (name === "authorization" || name.startsWith("grpc-")) continue;
    // As on the wire: binary values come in base64, and are not looked into.
    const given = headers[name];
    const isFound = Array.isArray(given) ? given.some(hasCardNumber) : hasCardNumber(String(given));
    if (isFound) refuseAt(`metadata.${name}`);
  }
}

function refuseAt(field: string): never {
  const description = "looks like a card number; send the token the payment provider gave for it";
  throw appError("CARD_NUMBER_REFUSED", `${field}: ${description}`, {
    metadata: { field },
    violations: [{ field, description }],
  });
}

/** Looks at one field of a message: where in it is a card number? */
type Look = (message: Record<string, unknown>) => string | undefined;

const looksOf = new WeakMap<DescMessage, readonly Look[]>();

function pathToCardNumber(schema: DescMessage, message: object): string | undefined {
  let looks = looksOf.get(schema);
  if (!looks) looksOf.set(schema, (looks = schema.fields.flatMap(lookAt)));
  for (const look of looks) {
    const path = look(message as Record<string, unknown>);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Fields that hold neither text nor messages are not looked at at all. */
function lookAt(field: DescField): Look[] {
  const look = lookAtValue(field);
  return look ? [(message) => look(valueOf(field, message))] : [];
}

function valueOf({ localName, oneof }: DescField, message: Record<string, unknown>): unknown {
  if (!oneof) return message[localName];
  const chosen = message[oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}

type LookAtValue = (value: unknown) => string | undefined;

function lookAtValue(field: DescField): LookAtValue | undefined {
  const { name } = field;
  if (field.fieldKind === "scalar") return field.scalar === ScalarType.STRING ? inText(name) : undefined;
  if (field.fieldKind === "message") return inMessage(name, field.message);
  if (field.fieldKind === "list") {
    const { listKind } = field;
    if (listKind === "scalar" && field.scalar === ScalarType.STRING) return inEach(name, inText(""));
    return listKind === "message" ? inEach(name, inMessage("", field.message)) : undefined;
  }
  if (field.fieldKind !== "map") return undefined;
  const { mapKind } = field;
  const inValue =
    mapKind === "message"
      ? inMessage("", field.message)
      : mapKind === "scalar" && field.scalar === ScalarType.STRING
        ? inText("")
        : () => undefined;
  return inMap(name, inValue);
}

function inText(name: string): LookAtValue {
  return (value) => (typeof value === "string" && hasCardNumber(value) ? name : undefined);
}

function inMessage(name: string, schema: DescMessage): LookAtValue {
  const textIn = inText(name);
  return (value) => {
    // Wrappers such as StringValue come unwrapped.
    if (typeof value !== "object" || value === null) return textIn(value);
    const path = pathToCardNumber(schema, value);
    return path === undefined ? undefined : name === "" ? `.${path}` : `${name}.${path}`;
  };
}

function inEach(name: string, look: LookAtValue): LookAtValue {
  return (values) => {
    const list = values as readonly unknown[];
    for (let index = 0; index < list.length; index += 1) {
      const path = look(list[index]);
      if (path !== undefined) return `${name}[${index}]${path}`;
    }
    return undefined;
  };
}

/** The keys are the caller's words as well, so they are not quoted. */
function inMap(name: string, look: LookAtValue): LookAtValue {
  return (map) => {
    const entries = Object.entries(map as Readonly<Record<string, unknown>>);
    return entries.some(([key, value]) => hasCardNumber(key) || look(value) !== undefined) ? name : undefined;
  };
}
