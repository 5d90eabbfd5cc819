import { ScalarType, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { hasCardNumber, isBareCardNumber } from "@till/telemetry";
import { appError } from "./app-error.ts";

/**
 * Throws CARD_NUMBER_REFUSED, naming the field, where a request has a card number: such a number must not reach a log,
 * a database or another service. Free text may not contain one; an id, a key, a code and the like may not be one.
 */
export function checkCardNumbers(schema: DescMessage, message: Message): void {
  const path = pathToCardNumber(schema, message);
  if (path !== undefined) throw cardNumberRefused(path);
}

/** The same for the key in a call's metadata, which is stored; other metadata is not. */
export function checkMetadataKey(key: string | undefined): void {
  if (key !== undefined && isBareCardNumber(key)) throw cardNumberRefused("metadata.idempotency-key");
}

function cardNumberRefused(field: string) {
  const description = "looks like a card number; send the token the payment provider gave for it";
  return appError("CARD_NUMBER_REFUSED", `${field}: ${description}`, {
    metadata: { field },
    violations: [{ field, description }],
  });
}

/** Fields that programs write: ids, keys, codes and tokens have runs of digits by chance. */
const machineField = /(^|_)(ids?|key|token|code|number|hash|currency|statuses)$/;

/** Returns the path to a card number in one field of a message. */
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
  if (field.fieldKind === "scalar")
    return field.scalar === ScalarType.STRING ? inText(name, name) : undefined;
  if (field.fieldKind === "message") return inMessage(name, field.message);
  if (field.fieldKind === "list") {
    const { listKind } = field;
    if (listKind === "scalar" && field.scalar === ScalarType.STRING) return inEach(name, inText(name, ""));
    return listKind === "message" ? inEach(name, inMessage("", field.message)) : undefined;
  }
  if (field.fieldKind !== "map") return undefined;
  const { mapKind } = field;
  const inValue =
    mapKind === "message"
      ? inMessage("", field.message)
      : mapKind === "scalar" && field.scalar === ScalarType.STRING
        ? inText(name, "")
        : () => undefined;
  return inMap(name, inValue);
}

function inText(name: string, path: string): LookAtValue {
  const isFound = machineField.test(name) ? isBareCardNumber : hasCardNumber;
  return (value) => (typeof value === "string" && isFound(value) ? path : undefined);
}

function inMessage(name: string, schema: DescMessage): LookAtValue {
  const textIn = inText(name, name);
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

/** The path has no key of the map: the caller wrote the keys. */
function inMap(name: string, look: LookAtValue): LookAtValue {
  return (map) => {
    const entries = Object.entries(map as Readonly<Record<string, unknown>>);
    return entries.some(([key, value]) => hasCardNumber(key) || look(value) !== undefined) ? name : undefined;
  };
}
