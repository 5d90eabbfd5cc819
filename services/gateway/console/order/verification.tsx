import { useSignal } from "@preact/signals";
import type { OrderVerification } from "@till/client/web";
import { Card, Problem } from "../elements/elements.tsx";
import type { OrderModel } from "./order-model.ts";
import { caller, endIfUnauthenticated } from "../sign-in/session.ts";

/** Whether the order is what its history and its payments make of it, on request. For admins. */
export function Verification({ model }: { model: OrderModel }) {
  const result = useSignal<OrderVerification | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const isBusy = useSignal(false);
  if (caller.value?.role !== "admin") return null;

  async function verify() {
    [isBusy.value, error.value, result.value] = [true, undefined, undefined];
    try {
      result.value = await model.till.orders.verify(model.orderId);
    } catch (failure) {
      endIfUnauthenticated(failure);
      error.value = failure;
    } finally {
      isBusy.value = false;
    }
  }

  const button = (
    <button type="button" onClick={() => void verify()} disabled={isBusy.value}>
      Verify
    </button>
  );
  return (
    <Card title="Verification" aside={button}>
      <div aria-live="polite">
        {!result.value && error.value === undefined && (
          <p class="hint">
            Rebuilds the order from its history, and compares it with its row and its payments.
          </p>
        )}
        {result.value?.consistent && (
          <p class="good-text">
            Consistent: the {result.value.entries} entries of its history lead to exactly this order.
          </p>
        )}
        {result.value && !result.value.consistent && <Discrepancies {...result.value} />}
        {error.value !== undefined && <Problem error={error.value} />}
      </div>
    </Card>
  );
}

function Discrepancies({ discrepancies }: OrderVerification) {
  return (
    <table>
      <caption class="bad-text">Not consistent</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Expected</th>
          <th scope="col">Found</th>
        </tr>
      </thead>
      <tbody>
        {discrepancies.map(({ subject, expected, found }) => (
          <tr key={subject}>
            <th scope="row">{subject}</th>
            <td class="mono">{expected}</td>
            <td class="mono">{found}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
