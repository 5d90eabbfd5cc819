import type { Money, Order } from "@till/client/web";
import { Amount, Card, Time } from "../elements/elements.tsx";
import { formatName, isZero } from "../elements/format.ts";

/** The order's lines, and how its total comes of them. */
export function Lines({ order }: { order: Order }) {
  return (
    <Card title="Lines">
      <div class="table-frame">
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col" class="number">
                Quantity
              </th>
              <th scope="col" class="number">
                Unit price
              </th>
              <th scope="col" class="number">
                Subtotal
              </th>
              <th scope="col" class="number">
                Refunded
              </th>
            </tr>
          </thead>
          <tbody>
            {order.items.map((item) => (
              <tr key={item.id}>
                <td>
                  {item.name}
                  <span class="under">
                    {formatName(item.kind)}
                    {item.startsAt && (
                      <>
                        {" · "}
                        <Time at={item.startsAt} />
                      </>
                    )}
                  </span>
                </td>
                <td class="number">{item.quantity}</td>
                <td class="number">
                  <Amount money={item.unitPrice} />
                </td>
                <td class="number">
                  <Amount money={item.subtotal} />
                </td>
                <td class="number">
                  {item.refunded && !isZero(item.refunded) ? (
                    <Amount money={item.refunded} />
                  ) : (
                    <span class="quiet">–</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <Sum title="Shipping" money={order.shippingFee} isShown={!isZero(order.shippingFee)} />
            <Sum title="Discount" money={order.discount} isShown={!isZero(order.discount)} minus />
            <Sum title="Total" money={order.total} isShown strong />
            <Sum title="Captured" money={order.captured} isShown />
            <Sum title="Refunded" money={order.refunded} isShown={!isZero(order.refunded)} />
          </tfoot>
        </table>
      </div>
    </Card>
  );
}

type SumProps = { title: string; money: Money; isShown: boolean; strong?: boolean; minus?: boolean };

function Sum({ title, money, isShown, strong = false, minus = false }: SumProps) {
  if (!isShown) return null;
  return (
    <tr class={strong ? "total" : undefined}>
      <th scope="row" colSpan={3}>
        {title}
      </th>
      <td class="number">
        {minus && "−"}
        <Amount money={money} />
      </td>
      <td />
    </tr>
  );
}
