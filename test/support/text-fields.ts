import {
  create,
  ScalarType,
  type DescField,
  type DescMessage,
  type MessageInitShape,
} from "@bufbuild/protobuf";

/** A place for a text somewhere in a message, and the message around a text in it. */
export type TextField = { readonly path: string; readonly around: (text: string) => object };

/** Every place for a text in a message: its own fields, those of the messages in it, lists and maps. */
export function* textFieldsOf(schema: DescMessage, outer: readonly DescMessage[] = []): Generator<TextField> {
  if (outer.includes(schema)) return;
  for (const field of schema.fields) {
    for (const { path, around } of placesIn(field, [...outer, schema])) {
      const message = (text: string) =>
        create(schema, within(field, around(text)) as MessageInitShape<DescMessage>);
      yield { path, around: message };
    }
  }
}

/** The names of all fields of a message and of the messages in it. */
export function* fieldNamesOf(schema: DescMessage, outer: readonly DescMessage[] = []): Generator<string> {
  if (outer.includes(schema)) return;
  for (const field of schema.fields) {
    yield field.name;
    if (field.message) yield* fieldNamesOf(field.message, [...outer, schema]);
  }
}

type Place = { readonly path: string; readonly around: (text: string) => unknown };

function* placesIn(field: DescField, outer: readonly DescMessage[]): Generator<Place> {
  const { name, fieldKind } = field;
  if (fieldKind === "map") {
    if (field.mapKey === ScalarType.STRING)
      yield { path: `${name} (key)`, around: (text) => ({ [text]: "" }) };
    if (field.mapKind === "scalar" && field.scalar === ScalarType.STRING)
      yield { path: `${name} (value)`, around: (text) => ({ key: text }) };
    if (field.mapKind !== "message") return;
    for (const { path, around } of textFieldsOf(field.message, outer))
      yield { path: `${name}.${path}`, around: (text) => ({ key: around(text) }) };
  } else if (field.message) {
    for (const { path, around } of textFieldsOf(field.message, outer))
      yield {
        path: `${name}.${path}`,
        around: (text) => (fieldKind === "list" ? [around(text)] : around(text)),
      };
  } else if (field.scalar === ScalarType.STRING) {
    yield { path: name, around: (text) => (fieldKind === "list" ? [text] : text) };
  }
}

function within({ oneof, localName }: DescField, value: unknown): object {
  return oneof ? { [oneof.localName]: { case: localName, value } } : { [localName]: value };
}
