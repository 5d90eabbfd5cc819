import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PostalAddress, PostalAddressSchema } from "@till/gen/google/type/postal_address_pb";
import { LosslessNumber } from "lossless-json";
import { z } from "zod";

type Address = MessageInitShape<typeof PostalAddressSchema>;

/** The fields of google.type.PostalAddress that are text, and what other systems call them. */
const textFields = {
  regionCode: ["country", "countryCode"],
  postalCode: ["zip", "zipCode", "postcode"],
  administrativeArea: ["state", "province", "region"],
  locality: ["city", "town"],
  sublocality: ["district"],
  organization: ["company"],
} as const;

/** The same of its lists of texts, each of which may also be one text. */
const listFields = {
  addressLines: [
    "lines",
    "street",
    "streetAddress",
    "address",
    "line1",
    "line2",
    "addressLine1",
    "addressLine2",
  ],
  recipients: ["recipient", "name", "fullName"],
} as const;

type Case = (name: string) => string;

/** The address of a request, in either case of its names and with the usual other names of its fields. */
export function addressField(nameOf: Case) {
  const texts = Object.keys(textFields).map((name) => [
    nameOf(name),
    z.unknown().meta({ type: "string" }).optional(),
  ]);
  const lists = Object.keys(listFields).map((name) => [
    nameOf(name),
    z
      .unknown()
      .meta({ type: "array", items: { type: "string" } })
      .optional(),
  ]);
  return z
    .looseObject(
      Object.fromEntries([...texts, ...lists]) as Record<string, z.ZodOptional>,
      "must be an object",
    )
    .transform(addressFrom)
    .meta({
      description:
        "The fields of google.type.PostalAddress. Other common names are read, too, such as country, zip, city and street.",
    });
}

/** The address of a response. */
export function shownAddress(nameOf: Case) {
  const texts = Object.keys(textFields).map((name) => [nameOf(name), z.string().optional()]);
  const lists = Object.keys(listFields).map((name) => [nameOf(name), z.array(z.string()).optional()]);
  return z.strictObject(Object.fromEntries([...texts, ...lists]) as Record<string, z.ZodOptional>);
}

/** Shows an address without its empty fields. */
export function addressToJson(address: PostalAddress | undefined, nameOf: Case) {
  if (!address) return undefined;
  const fields = [...Object.keys(textFields), ...Object.keys(listFields)] as (keyof typeof textFields)[];
  return Object.fromEntries(
    fields.flatMap((field) => (address[field].length > 0 ? [[nameOf(field), address[field]]] : [])),
  );
}

function addressFrom(given: Readonly<Record<string, unknown>>): Address {
  const values = new Map(Object.entries(given).map(([name, value]) => [plain(name), textsOf(value)]));
  const read = (field: string, others: readonly string[]) =>
    [field, ...others].flatMap((name) => values.get(plain(name)) ?? []);
  return {
    ...Object.fromEntries(
      Object.entries(textFields).map(([field, others]) => [field, read(field, others)[0] ?? ""]),
    ),
    ...Object.fromEntries(Object.entries(listFields).map(([field, others]) => [field, read(field, others)])),
  };
}

/** region_code, regionCode and RegionCode are one name. */
function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function textsOf(value: unknown): string[] {
  return [value]
    .flat()
    .flatMap((text) =>
      typeof text === "string" ? [text] : text instanceof LosslessNumber ? [text.value] : [],
    )
    .filter((text) => text !== "");
}
