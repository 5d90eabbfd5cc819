import { useSignal } from "@preact/signals";
import type { Order, OrderAction } from "@till/client/web";
import { CommandDialog } from "./command-dialog.tsx";
import { commandOf, type Command } from "./commands.ts";
import { Card } from "../elements/elements.tsx";
import { formatName } from "../elements/format.ts";
import type { OrderModel } from "./order-model.ts";
import { RefundApprovalDialog } from "./refund-approval.tsx";

/** What the caller can do with the order now; and, greyed, what it cannot, with the reason. */
export function Actions({ model }: { model: OrderModel }) {
  const open = useSignal<Command | "approve" | undefined>(undefined);
  const close = () => (open.value = undefined);
  const actions = model.actions.value;
  const allowed = actions.filter((action) => action.allowed);
  const forOthers = actions.filter(({ reason }) => reason === "PERMISSION_DENIED");
  const blocked = actions.filter((action) => !action.allowed && !forOthers.includes(action));
  const order = model.order.value!;
  return (
    <Card title="What can be done now">
      {allowed.length === 0 && <p class="empty">Nothing, for you.</p>}
      <div class="commands">
        {allowed.map((action) => {
          const command = action.rpc === "ApproveRefund" ? ("approve" as const) : commandOf(action);
          if (!command)
            return (
              <p class="hint" key={keyOf(action)}>
                {titleOf(action)}: through the API, not here.
              </p>
            );
          const isDangerous = command !== "approve" && command.isDangerous;
          return (
            <button
              type="button"
              key={keyOf(action)}
              class={isDangerous ? "danger" : command === "approve" ? "primary" : undefined}
              onClick={() => (open.value = command)}
            >
              {titleOf(action)}…
            </button>
          );
        })}
      </div>
      <ul class="blocked" aria-label="What cannot be done now">
        {blocked.map((action) => (
          <li key={keyOf(action)}>
            <span>{titleOf(action)}</span>
            <span class="why" title={action.reason}>
              {whyNot(action, order)}
            </span>
          </li>
        ))}
        {forOthers.length > 0 && (
          <li>
            <span>{forOthers.map(titleOf).join(", ")}</span>
            <span class="why">for other callers, such as the buyer</span>
          </li>
        )}
      </ul>
      {open.value === "approve" && <RefundApprovalDialog model={model} order={order} close={close} />}
      {open.value !== undefined && open.value !== "approve" && (
        <CommandDialog model={model} command={open.value} close={close} />
      )}
    </Card>
  );
}

/** The status says why a transition is not allowed; everything else has a message of its own. */
function whyNot({ rpc, reason, message }: OrderAction, { status }: Order): string {
  if (reason === "ILLEGAL_TRANSITION" && message?.startsWith(rpc)) return `not while ${formatName(status)}`;
  return message ?? reason ?? "";
}

function keyOf({ rpc, to }: OrderAction): string {
  return `${rpc} ${to ?? ""}`;
}

function titleOf(action: OrderAction): string {
  if (action.rpc === "ApproveRefund") return "Approve the refund";
  if (action.rpc === "ProcessPayment") return "Pay";
  return commandOf(action)?.title ?? formatName(action.rpc);
}
