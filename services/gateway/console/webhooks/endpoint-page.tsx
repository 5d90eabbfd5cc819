import { useSignal } from "@preact/signals";
import type { Till, WebhookEndpoint } from "@till/client/web";
import { Dialog } from "../elements/dialog.tsx";
import { Card, Id, Problem, Status, Time } from "../elements/elements.tsx";
import { Loading } from "../elements/list-page.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOfList } from "../shell/router.ts";
import { DeliveryList } from "./delivery-list.tsx";
import { stateOf } from "./endpoint-list.tsx";

/** One endpoint: what it receives, and what was sent to it. */
export function EndpointPage({ till, endpointId }: { till: Till; endpointId: string }) {
  const { value, error, isLoading, reload } = useLoad(endpointId, (signal) =>
    endpointOf(till, endpointId, signal),
  );
  return (
    <>
      <p class="crumbs">
        <a href={addressOfList("/webhooks")} aria-keyshortcuts="Escape">
          Webhooks
        </a>
      </p>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {!value && isLoading && <Loading />}
      {value && (
        <>
          <Heading till={till} endpoint={value} reload={reload} />
          <div class="columns">
            <div>
              <DeliveryList till={till} endpointId={endpointId} />
            </div>
            <div>
              <Facts endpoint={value} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** There is no RPC for one endpoint: a caller has twenty of them at most. */
async function endpointOf(till: Till, endpointId: string, signal: AbortSignal): Promise<WebhookEndpoint> {
  for await (const endpoint of till.webhooks.endpoints.list({ pageSize: 200, signal }))
    if (endpoint.id === endpointId) return endpoint;
  throw new Error("There is no such endpoint, or it belongs to another caller.");
}

type HeadingProps = { till: Till; endpoint: WebhookEndpoint; reload: () => void };

function Heading({ till, endpoint, reload }: HeadingProps) {
  const isChanging = useSignal(false);
  const { disabled } = endpoint;
  return (
    <div class="heading">
      <h1 class="url">{endpoint.url}</h1>
      <Status name={stateOf(endpoint)} />
      <div class="commands heading-commands">
        <button
          type="button"
          class={disabled ? "primary" : "danger"}
          onClick={() => (isChanging.value = true)}
        >
          {disabled ? "Enable…" : "Disable…"}
        </button>
      </div>
      {isChanging.value && (
        <Dialog
          title={disabled ? "Enable the endpoint" : "Disable the endpoint"}
          verb={disabled ? "Enable" : "Disable"}
          isDangerous={!disabled}
          close={() => (isChanging.value = false)}
          send={async (options) => {
            await till.webhooks.endpoints.update(endpoint.id, { disabled: !disabled }, options);
            reload();
          }}
        >
          <p>
            {disabled
              ? "It receives new events again, and the deliveries that wait are sent."
              : "It gets no new events. What waits for it is sent once it is enabled again."}
          </p>
        </Dialog>
      )}
    </div>
  );
}

function Facts({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { id, ownerId, eventTypes, description, disabledReason, pausedUntil, createdAt, updatedAt } =
    endpoint;
  return (
    <Card title="The endpoint">
      <dl>
        <dt>Id</dt>
        <dd>
          <Id id={id} of="endpoint" />
        </dd>
        <dt>Owner</dt>
        <dd class="mono">{ownerId}</dd>
        <dt>Events</dt>
        <dd class="mono">{eventTypes.join(", ")}</dd>
        {description && (
          <>
            <dt>Description</dt>
            <dd>{description}</dd>
          </>
        )}
        {pausedUntil && (
          <>
            <dt>Paused until</dt>
            <dd>
              <Time at={pausedUntil} />
            </dd>
          </>
        )}
        {disabledReason && (
          <>
            <dt>Disabled</dt>
            <dd>{disabledReason === "GONE" ? "it responded 410 Gone" : "by a caller"}</dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <Time at={createdAt} />
        </dd>
        <dt>Changed</dt>
        <dd>
          <Time at={updatedAt} />
        </dd>
      </dl>
    </Card>
  );
}
