import { useSignal } from "@preact/signals";
import type { Till } from "@till/client/web";
import { useEffect } from "preact/hooks";
import { Card, Id, Problem, Time } from "../elements/elements.tsx";
import { formatCount } from "../elements/format.ts";
import { endIfUnauthenticated } from "../sign-in/session.ts";
import { checkpoint, keepCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { verifyChain, type ChainState } from "./verify-chain.ts";

/** Whether the audit log is intact: its hash chain from the first entry, or from the last one that was verified here. */
export function AuditPage({ till }: { till: Till }) {
  const state = useSignal<ChainState | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const running = useSignal<AbortController | undefined>(undefined);
  useEffect(() => () => running.peek()?.abort(), []);

  async function verify(from?: Checkpoint) {
    const abort = new AbortController();
    [running.value, error.value, state.value] = [abort, undefined, undefined];
    try {
      for await (const found of verifyChain(till, from, abort.signal)) state.value = found;
      if (state.value?.isIntact) keepCheckpoint(state.value);
    } catch (failure) {
      if (abort.signal.aborted) return;
      endIfUnauthenticated(failure);
      error.value = failure;
    } finally {
      running.value = undefined;
    }
  }

  const known = checkpoint.value;
  return (
    <>
      <div class="heading">
        <h1>Audit log</h1>
        <div class="commands heading-commands">
          {running.value && (
            <button type="button" onClick={() => running.value?.abort()}>
              Stop
            </button>
          )}
          {known && (
            <button type="button" disabled={!!running.value} onClick={() => void verify(known)}>
              Verify what was added since
            </button>
          )}
          <button
            type="button"
            class="primary"
            aria-keyshortcuts="r"
            disabled={!!running.value}
            onClick={() => void verify()}
          >
            Verify all of it
          </button>
        </div>
      </div>
      <p class="hint">
        Every change of a payment and every rejected access is an entry, whose hash covers the one before it.
        An entry that was changed or removed breaks the chain.
      </p>
      {error.value !== undefined && <Problem error={error.value} />}
      <div class="pair" aria-live="polite">
        {state.value && <Result state={state.value} isRunning={running.value !== undefined} />}
        <Known known={known} />
      </div>
    </>
  );
}

function Result({ state, isRunning }: { state: ChainState; isRunning: boolean }) {
  const title = isRunning ? "Verifying" : state.isIntact ? "Intact" : "Not intact";
  return (
    <Card title="This verification">
      <p class={`verdict ${state.isIntact ? "good-text" : "bad-text"}`}>{title}</p>
      {state.problem && (
        <p class="problem">
          Entry {state.firstBrokenSequence}: {state.problem}
        </p>
      )}
      <dl class="counts">
        <dt>Verified entries</dt>
        <dd>{formatCount(state.checked)}</dd>
        <dt>Chain position</dt>
        <dd>{formatCount(state.sequence)}</dd>
        <dt>Waiting for the chain</dt>
        <dd>{formatCount(state.unchained)}</dd>
        {state.hash !== "" && (
          <>
            <dt>Hash there</dt>
            <dd>
              <Id id={state.hash} short of="chain" />
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function Known({ known }: { known: Checkpoint | undefined }) {
  return (
    <Card title="Verified before, in this browser">
      {!known && (
        <p class="empty">
          Nothing yet. What is verified is remembered here, outside of Till: a log that is cut off later is
          found out by it.
        </p>
      )}
      {known && (
        <dl class="counts">
          <dt>Chain position</dt>
          <dd>{formatCount(known.sequence)}</dd>
          <dt>Hash there</dt>
          <dd>
            <Id id={known.hash} short of="chain" />
          </dd>
          <dt>Verified</dt>
          <dd>
            <Time at={new Date(known.verifiedAt)} />
          </dd>
        </dl>
      )}
    </Card>
  );
}
