import { useSignal } from "@preact/signals";
import { minorUnitsOf, moneyOf, type Money, type Order, type RefundApproval } from "@till/client/web";
import { Dialog } from "../elements/dialog.tsx";
import { Amount } from "../elements/elements.tsx";
import { formatMoney } from "../elements/format.ts";
import type { OrderModel } from "./order-model.ts";

type Scope = "all" | "lines" | "amount";

/** The amounts that an operator has typed: by line, of the shipping fee, or one for the order. */
type Typed = {
  readonly lines: Readonly<Record<string, string>>;
  readonly fee: string;
  readonly amount: string;
};

/** Approves the requested refund: everything, by line, or an amount. Sums are of whole minor units. */
export function RefundApprovalDialog(props: { model: OrderModel; order: Order; close: () => void }) {
  const { model, order, close } = props;
  const scope = useSignal<Scope>("lines");
  const typed = useSignal<Typed>({ lines: {}, fee: "", amount: "" });
  const decision = decide(order, scope.value, typed.value);
  const { currency } = order;
  return (
    <Dialog
      title="Approve the refund"
      verb={decision.total ? `Refund ${formatMoney(decision.total)}` : "Refund"}
      isReady={decision.approval !== undefined}
      close={close}
      send={async (options) => {
        await model.till.orders.approveRefund(order.id, decision.approval, options);
        await model.reload();
      }}
    >
      {order.refund?.reason && (
        <p>
          Requested because: <q>{order.refund.reason}</q>
        </p>
      )}
      <fieldset class="choices">
        <legend class="visually-hidden">What to refund</legend>
        <Choice scope={scope} value="lines" title="By line" />
        <Choice scope={scope} value="amount" title="An amount" />
        <Choice scope={scope} value="all" title="Everything" />
      </fieldset>
      {scope.value === "lines" && (
        <table class="approval">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col" class="number">
                Refundable
              </th>
              <th scope="col" class="number">
                Refund, {currency}
              </th>
            </tr>
          </thead>
          <tbody>
            {order.items.map((item) => (
              <AmountRow
                key={item.id}
                title={item.name}
                refundable={refundableOf(item.paid, item.refunded)}
                value={typed.value.lines[item.id] ?? ""}
                onInput={(value) =>
                  (typed.value = { ...typed.value, lines: { ...typed.value.lines, [item.id]: value } })
                }
              />
            ))}
            {minorUnitsOf(order.shippingFee) > 0n && (
              <AmountRow
                title="Shipping"
                refundable={order.shippingFee}
                value={typed.value.fee}
                onInput={(fee) => (typed.value = { ...typed.value, fee })}
              />
            )}
          </tbody>
        </table>
      )}
      {scope.value === "amount" && (
        <label class="field">
          <span>
            Amount, of at most <Amount money={refundableOf(order.captured, order.refunded)} />
          </span>
          <input
            inputMode="decimal"
            value={typed.value.amount}
            onInput={({ currentTarget: { value } }) => (typed.value = { ...typed.value, amount: value })}
          />
        </label>
      )}
      {scope.value === "all" && (
        <p>Refunds everything that was captured and not refunded yet. Access to courses ends.</p>
      )}
      {decision.problem && <p class="bad-text">{decision.problem}</p>}
    </Dialog>
  );
}

type ChoiceProps = { scope: { value: Scope }; value: Scope; title: string };

function Choice({ scope, value, title }: ChoiceProps) {
  return (
    <label>
      <input
        type="radio"
        name="scope"
        checked={scope.value === value}
        onChange={() => (scope.value = value)}
      />{" "}
      {title}
    </label>
  );
}

type AmountRowProps = { title: string; refundable: Money; value: string; onInput: (value: string) => void };

function AmountRow({ title, refundable, value, onInput }: AmountRowProps) {
  return (
    <tr>
      <td>{title}</td>
      <td class="number">
        <button
          type="button"
          class="plain"
          title="Take all of it"
          aria-label={`Take all of ${title}, ${formatMoney(refundable)}`}
          onClick={() => onInput(refundable.amount)}
        >
          <Amount money={refundable} />
        </button>
      </td>
      <td class="number">
        <input
          inputMode="decimal"
          class="amount-input"
          aria-label={`Refund for ${title}`}
          placeholder="0"
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      </td>
    </tr>
  );
}

type Decision = {
  readonly approval?: RefundApproval;
  readonly total?: Money;
  readonly problem?: string;
};

/** What the typed amounts approve, or why they approve nothing. The order service checks all of it again. */
function decide(order: Order, scope: Scope, { lines, fee, amount }: Typed): Decision {
  const { currency } = order;
  if (scope === "all") return { approval: {}, total: refundableOf(order.captured, order.refunded) };
  try {
    if (scope === "amount") {
      const money = moneyFromText(currency, amount);
      return money ? { approval: { amount: money }, total: money } : {};
    }
    const items = order.items.flatMap(({ id: itemId }) => {
      const money = moneyFromText(currency, lines[itemId] ?? "");
      return money ? [{ itemId, amount: money }] : [];
    });
    const shippingFee = moneyFromText(currency, fee);
    const parts = [...items.map((item) => item.amount), ...(shippingFee ? [shippingFee] : [])];
    if (parts.length === 0) return {};
    const total = moneyOf(
      currency,
      parts.reduce((sum, part) => sum + minorUnitsOf(part), 0n),
    );
    return { approval: { items, shippingFee }, total };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Returns undefined for nothing or zero. Throws where the text is not an amount of the currency. */
function moneyFromText(currency: string, text: string): Money | undefined {
  const money = { currency, amount: text.trim() };
  if (money.amount === "") return undefined;
  const units = minorUnitsOf(money);
  return units === 0n ? undefined : moneyOf(currency, units);
}

function refundableOf(paid: Money, refunded: Money | undefined): Money {
  return moneyOf(paid.currency, minorUnitsOf(paid) - (refunded ? minorUnitsOf(refunded) : 0n));
}
