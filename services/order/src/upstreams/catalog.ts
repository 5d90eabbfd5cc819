import { createClient, type Transport } from "@connectrpc/connect";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import type { CartLine as ProtoLine } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { canonicalId, isExternalId } from "@till/ids";
import { appError } from "../rules/errors.ts";
import type { CartLine, Catalog } from "./ports.ts";
import { nameFrom, priceFrom, requireAmount, unavailable } from "./upstream-call.ts";

/** The platform's catalog over gRPC. */
export function catalogOver(transport: Transport): Catalog {
  const client = createClient(CatalogService, transport);
  return {
    async quote({ items, regionCode, cartId }, call) {
      const { offers, shippingFee, discount } = await client
        .quoteItems({ items: [...items], regionCode, cartId }, call)
        .catch(unavailable("catalog"));
      return {
        offers: new Map(
          offers.map(({ productId: id, offerId, name, unitPrice }) => {
            return [id, { offerId: nameFrom(offerId), name: nameFrom(name), price: priceFrom(unitPrice) }];
          }),
        ),
        shippingFee: shippingFee && requireAmount(shippingFee, "catalog"),
        discount: discount && requireAmount(discount, "catalog"),
      };
    },
    async linesOfCart(cartId, call) {
      const { cartLines } = await client.quoteItems({ cartId }, call).catch(unavailable("catalog"));
      return cartLines.map(lineFrom);
    },
  };
}

const kinds = { courseId: "DIGITAL_COURSE", sessionId: "SESSION", productId: "PHYSICAL" } as const;

/** Reads a line of a cart as CreateOrder takes one. Throws UPSTREAM_UNAVAILABLE where it is none. */
function lineFrom({ item, quantity }: ProtoLine): CartLine {
  const most = item.case === "courseId" ? 1 : 999;
  if (item.case === undefined || !isExternalId(item.value) || quantity < 1 || quantity > most)
    throw appError("UPSTREAM_UNAVAILABLE", "catalog sent a cart's line that is none", {
      upstream: "catalog",
    });
  return { kind: kinds[item.case], refId: canonicalId(item.value), quantity };
}
