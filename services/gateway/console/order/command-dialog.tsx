import { useSignal } from "@preact/signals";
import type { Command, CommandInput } from "./commands.ts";
import { Dialog } from "../elements/dialog.tsx";
import type { OrderModel } from "./order-model.ts";

const fieldTitles: Readonly<Record<keyof CommandInput, string>> = {
  reason: "Reason",
  carrier: "Carrier",
  trackingNumber: "Tracking number",
};

/** What a command does and needs, before it is sent. */
export function CommandDialog(props: { model: OrderModel; command: Command; close: () => void }) {
  const { model, command, close } = props;
  const input = useSignal<CommandInput>({ reason: "", carrier: "", trackingNumber: "" });
  const isReady = !command.isReasonRequired || input.value.reason.trim() !== "";
  return (
    <Dialog
      title={command.title}
      verb={command.title}
      isDangerous={command.isDangerous === true}
      isReady={isReady}
      close={close}
      send={async (options) => {
        await command.send(model.till, model.orderId, input.value, options);
        await model.reload();
      }}
    >
      <p>{command.effect}</p>
      {command.fields.map((name) => (
        <label class="field" key={name}>
          <span>
            {fieldTitles[name]}
            {name === "reason" && !command.isReasonRequired && <small> (kept in the history)</small>}
          </span>
          <input
            value={input.value[name]}
            required={name === "reason" && command.isReasonRequired === true}
            maxLength={500}
            onInput={({ currentTarget: { value } }) => (input.value = { ...input.value, [name]: value })}
          />
        </label>
      ))}
    </Dialog>
  );
}
