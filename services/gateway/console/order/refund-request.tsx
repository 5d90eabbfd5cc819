import { useSignal } from "@preact/signals";
import type { Order } from "@till/client/web";
import { CommandDialog } from "./command-dialog.tsx";
import { commandOf } from "./commands.ts";
import type { OrderModel } from "./order-model.ts";
import { RefundApprovalDialog } from "./refund-approval.tsx";

/** A requested refund, to be decided: above everything else on the page. */
export function RefundRequest({ model, order }: { model: OrderModel; order: Order }) {
  const open = useSignal<"approve" | "reject" | undefined>(undefined);
  const close = () => (open.value = undefined);
  if (order.refund?.status !== "REQUESTED") return null;
  const reject = model.actions.value.find(({ rpc, allowed }) => rpc === "RejectRefund" && allowed);
  const approve = model.actions.value.find(({ rpc, allowed }) => rpc === "ApproveRefund" && allowed);
  return (
    <section class="request" aria-label="Refund request">
      <p>
        <strong>A refund is requested.</strong> {order.refund.reason && <q>{order.refund.reason}</q>}
      </p>
      <div class="commands">
        {approve && (
          <button type="button" class="primary" onClick={() => (open.value = "approve")}>
            Approve…
          </button>
        )}
        {reject && (
          <button type="button" class="danger" onClick={() => (open.value = "reject")}>
            Reject…
          </button>
        )}
      </div>
      {open.value === "approve" && <RefundApprovalDialog model={model} order={order} close={close} />}
      {open.value === "reject" && reject && (
        <CommandDialog model={model} command={commandOf(reject)!} close={close} />
      )}
    </section>
  );
}
