import type { DeadLetter, Till } from "@till/client/web";
import { useSignal } from "@preact/signals";
import { Time } from "../elements/elements.tsx";
import { formatName, shortId } from "../elements/format.ts";
import { ListPage, pageInAddress } from "../elements/list-page.tsx";
import { PageHeading } from "../elements/page-heading.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf, goTo, place } from "../shell/router.ts";
import { ReplayAllDialog } from "./replay-all-dialog.tsx";
import { isServiceName, opsOf, serviceNames, type ServiceName } from "./service-name.ts";

const pageSize = 50;

/** Events that a service could not apply, newest first; of one type where the address names it. */
export function DeadLetterList({ till }: { till: Till }) {
  const { query } = place.value;
  const named = query.get("service") ?? "";
  const service = isServiceName(named) ? named : "order";
  const eventType = query.get("type") ?? undefined;
  const isReplaying = useSignal(false);
  const list = useLoad(query.toString(), (signal) =>
    pageInAddress(opsOf(till, service).deadLetters.list({ eventType, pageSize, signal })),
  );
  return (
    <>
      <PageHeading title="Dead letters" reload={list.reload}>
        <ServiceTabs current={service} />
      </PageHeading>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <label class="wide">
          <span>Event type</span>
          <input
            class="mono"
            value={eventType ?? ""}
            placeholder="any"
            spellcheck={false}
            onChange={({ currentTarget }) =>
              goTo("/dead-letters", queryOf(service, currentTarget.value.trim()))
            }
          />
        </label>
        {eventType !== undefined && (
          <>
            <a class="button" href={addressOf("/dead-letters", queryOf(service))}>
              Clear
            </a>
            <button type="button" onClick={() => (isReplaying.value = true)}>
              Replay all of them…
            </button>
          </>
        )}
      </form>
      <ListPage list={list} empty={`The ${service} service has applied every event that came.`}>
        {(deadLetters) => <Rows deadLetters={deadLetters} service={service} />}
      </ListPage>
      {isReplaying.value && eventType !== undefined && (
        <ReplayAllDialog
          ops={opsOf(till, service)}
          eventType={eventType}
          close={() => {
            isReplaying.value = false;
            list.reload();
          }}
        />
      )}
    </>
  );
}

/** The filters of an address: a service, and an event type. */
export function queryOf(service: ServiceName, type = ""): URLSearchParams {
  return new URLSearchParams({ service, ...(type !== "" && { type }) });
}

function ServiceTabs({ current }: { current: ServiceName }) {
  return (
    <nav class="views" aria-label="Service">
      {serviceNames.map((service) => (
        <a
          key={service}
          href={addressOf("/dead-letters", queryOf(service))}
          aria-current={service === current ? "true" : undefined}
        >
          {formatName(service)} service
        </a>
      ))}
    </nav>
  );
}

function Rows({ deadLetters, service }: { deadLetters: readonly DeadLetter[]; service: ServiceName }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col" class="time">
            Failed
          </th>
          <th scope="col">Event</th>
          <th scope="col">Why</th>
          <th scope="col" class="wide-only">
            Order
          </th>
          <th scope="col" class="number wide-only">
            Attempts
          </th>
        </tr>
      </thead>
      <tbody>
        {deadLetters.map(({ id, failedAt, eventType, reason, key, attempts }) => (
          <tr key={id}>
            <td class="time">
              <Time at={failedAt} />
            </td>
            <td>
              <a class="row mono" href={addressOf(`/dead-letters/${service}/${id}`)}>
                {eventType ?? "no type"}
              </a>
            </td>
            <td class="cut" title={reason}>
              {reason}
            </td>
            <td class="mono quiet wide-only" title={key}>
              {shortId(key)}
            </td>
            <td class="number wide-only">{attempts}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
