import { appError } from "./errors.ts";

/** The parts of a google.type.PostalAddress as JSON that name a place. */
type PostalAddress = {
  readonly regionCode?: string;
  readonly locality?: string;
  readonly addressLines?: readonly string[];
};

/** Throws SHIPPING_ADDRESS_REQUIRED unless an address has a region, and an address line or a locality that is not blank. */
export function requireShippingAddress(address: PostalAddress = {}): void {
  const { regionCode = "", locality = "", addressLines = [] } = address;
  const hasRegion = !isBlank(regionCode);
  const hasPlace = ![locality, ...addressLines].every(isBlank);
  if (hasRegion && hasPlace) return;
  const [field, description] = hasPlace
    ? ["shipping_address.region_code", "goods need the region they are shipped to"]
    : hasRegion
      ? ["shipping_address.address_lines", "goods need an address line or a locality to be shipped to"]
      : ["shipping_address", "an order with products needs a shipping address"];
  throw appError("SHIPPING_ADDRESS_REQUIRED", description, { field });
}

/** Whether a text has no letter and no digit. */
function isBlank(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}
