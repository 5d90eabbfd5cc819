import type { Till, WebhookDeliveryFilter } from "@till/client/web";
import { Card } from "../elements/elements.tsx";
import { formatName } from "../elements/format.ts";
import { ListPage, pageInAddress } from "../elements/list-page.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf, place } from "../shell/router.ts";
import { DeliveryRow } from "./delivery-row.tsx";

const statuses = ["PENDING", "DELIVERED", "FAILED"] as const satisfies WebhookDeliveryFilter["status"][];

/** What was sent to an endpoint, and what waits, newest first; of one status where the address names it. */
export function DeliveryList({ till, endpointId }: { till: Till; endpointId: string }) {
  const { query } = place.value;
  const status = statuses.find((known) => known === query.get("status"));
  const list = useLoad(`${endpointId} ${query}`, (signal) =>
    pageInAddress(till.webhooks.deliveries.list(endpointId, { status, pageSize: 25, signal })),
  );
  return (
    <Card title="Deliveries" aside={<Tabs current={status} reload={list.reload} />}>
      <ListPage list={list} empty={status ? "No delivery has this status." : "Nothing was sent to it yet."}>
        {(deliveries) => (
          <table class="deliveries">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">Status</th>
                <th scope="col">Last attempt</th>
                <th scope="col">
                  <span class="visually-hidden">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {deliveries.map((delivery) => (
                <DeliveryRow key={delivery.id} till={till} delivery={delivery} changed={list.reload} />
              ))}
            </tbody>
          </table>
        )}
      </ListPage>
    </Card>
  );
}

type TabsProps = { current: (typeof statuses)[number] | undefined; reload: () => void };

function Tabs({ current, reload }: TabsProps) {
  const { path } = place.value;
  return (
    <nav class="views" aria-label="Status of deliveries">
      <a href={addressOf(path)} aria-current={current === undefined ? "true" : undefined}>
        All
      </a>
      {statuses.map((status) => (
        <a
          key={status}
          href={addressOf(path, new URLSearchParams({ status }))}
          aria-current={status === current ? "true" : undefined}
        >
          {formatName(status)}
        </a>
      ))}
      <button type="button" class="plain" onClick={reload} aria-keyshortcuts="r" title="Load again (r)">
        Reload
      </button>
    </nav>
  );
}
