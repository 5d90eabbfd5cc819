import type { PostalAddress } from "@till/gen/google/type/postal_address_pb";
import type { Address } from "./address.ts";
import { textFrom, withoutUndefined } from "./values.ts";

/** An address, where there is one. */
export function addressFrom(address: PostalAddress | undefined): Address | undefined {
  if (!address) return undefined;
  return withoutUndefined<Address>({
    regionCode: address.regionCode,
    addressLines: listFrom(address.addressLines),
    postalCode: textFrom(address.postalCode),
    locality: textFrom(address.locality),
    sublocality: textFrom(address.sublocality),
    administrativeArea: textFrom(address.administrativeArea),
    recipients: listFrom(address.recipients),
    organization: textFrom(address.organization),
    languageCode: textFrom(address.languageCode),
    sortingCode: textFrom(address.sortingCode),
  });
}

/** An address of a request, where there is one. */
export function protoAddressOf(address: Address | undefined) {
  if (!address) return undefined;
  const { addressLines = [], recipients = [] } = address;
  return {
    regionCode: address.regionCode,
    addressLines: [...addressLines],
    postalCode: address.postalCode ?? "",
    locality: address.locality ?? "",
    sublocality: address.sublocality ?? "",
    administrativeArea: address.administrativeArea ?? "",
    recipients: [...recipients],
    organization: address.organization ?? "",
    languageCode: address.languageCode ?? "",
    sortingCode: address.sortingCode ?? "",
  };
}

function listFrom(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts;
}
