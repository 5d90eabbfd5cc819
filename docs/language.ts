import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * `node docs/language.ts [path …]` reports words in code, comments, protos and documents for which the glossary has
 * another one, and fails when there are any. `--summary` counts them by file instead.
 */
type Word = {
  readonly pattern: RegExp;
  readonly use: string;
  /** What a line may contain all the same, each with a reason beside it. */
  readonly except?: RegExp;
};

const words: readonly Word[] = [
  {
    pattern: /\b[aA]sked|\basks\b|\bAsks\b|Asked/,
    use: "request, command, input",
    // A message of the sandbox provider: data, which its clients receive.
    except: /issuer asks to try/,
  },
  { pattern: /\btold\b|Told/, use: "published, reported" },
  { pattern: /\bsaid\b|\bSaid\b|inWords/, use: "reported, format…" },
  { pattern: /\bAnswers\b|\banswers\b|[a-z]Answer|\bAnswer[A-Z]/, use: "returns; response, result" },
  {
    pattern: /passGate|ShutGate|\b[gG]ates?\b|let through|\bturn(ed|s)? (away|back|down)|turnBack/,
    use: "admission; admit, reject",
  },
  // Settlement is the payout of funds, which the glossary names so that nobody means it by mistake.
  {
    pattern: /settl(e|ing)|Settl(e|ing)/,
    use: "applyOutcome, recordOutcome",
    except: /settlement|allSettled/i,
  },
  { pattern: /\bconclude|\bConclude/, use: "recordOutcome" },
  { pattern: /settleByProvider/, use: "syncPayment" },
  { pattern: /janitor|sweep(er|s|ing)?\b|Sweep/i, use: "recovery worker, worker" },
  { pattern: /attempt_?until/i, use: "leaseExpiresAt" },
  { pattern: /wants_?capture/i, use: "captureMethod" },
  { pattern: /isUnwanted|is_unwanted/, use: "mustReverse" },
  { pattern: /isUncounted|is_uncounted/, use: "orderSawNoCapture" },
  {
    pattern: /[.{,] ?(capturing|refunding)\b|\b(capturing|refunding)(_minor|Minor|:)/,
    use: "capturePending, refundPending",
  },
  {
    pattern: /\bg[ai]ven? back\b|\bgives? .{0,40}\bback\b|\bgo(es)? back\b|giveBack/,
    use: "refund, release",
    // A message of the sandbox provider: data, which its clients receive.
    except: /money should go back to is closed/,
  },
  {
    pattern:
      /\blet go\b|\bgiven? up\b|held money|money (is |that is )?held|hold(s)? (the |an )?(money|amount)/,
    use: "void, release; authorize",
  },
  { pattern: /takeBack/, use: "releaseAttempt" },
  { pattern: /\bcountIn\b/, use: "recordAttempt" },
  { pattern: /\bstray\b|Stray/, use: "orphaned charge" },
  { pattern: /followedBy/, use: "andThen" },
  { pattern: /\bedges?\b|\bEdges?\b/, use: "transition (of a state), route (of a service)" },
  { pattern: /[cC]onsequences?\b/, use: "what it derives: deriveBookings …" },
  {
    pattern: /withGoods|goodsOf|setAside|set aside|[lL]eftovers?\b|\brivals?\b/,
    use: "stock reservation, reserve, abandoned reservation, concurrent request",
  },
  {
    pattern: /\bSilence\b|\bsilence\b|NoReply|leftAlone|\binsist\b/,
    use: "NoResponse, circuit open, requireProviderResponse",
  },
  {
    pattern: /\bdoors?\b|Doors?\b|-door\b|\bDoor[A-Z]/,
    use: "endpoint, handler, server; entry point (of a package)",
  },
  {
    pattern: /\bbells?\b|Bells?\b|\brings?\b|\bring[A-Z]/,
    use: "signal, notify",
    // The ring buffer is a data structure.
    except: /hash ring|key[- ]ring|string|ring-buffer/,
  },
  { pattern: /\bpulse\b|\bPulse\b|\bbeats?\b/, use: "heartbeat" },
  { pattern: /\bleash\b|\bLeash\b/, use: "parent watchdog" },
  { pattern: /\bbur(y|ied)\b|\bBury\b/, use: "moveToDeadLetters" },
  { pattern: /\b[hH]ears?\b|\bheard\b/, use: "handle, receive" },
  { pattern: /\bPlaced\b|\bPlacement\b/, use: "InsertResult" },
  {
    pattern: /\bseal(s|ed|er)?\b|Seal/,
    use: "chain entry, chain writer; encrypted token",
    // A label that stored tokens depend on.
    except: /derive\(secret/,
  },
  // Git has a remote of that name; HTTP has a header; a URL has an origin.
  {
    pattern: /\borigin\b|Origin\b/,
    use: "peer address",
    except: /origin\/main|cross-origin-|original|Access-Control|URL\(.*\)\.origin|origin: \[\.\.\.pages\]/,
  },
  {
    pattern: /\bexplain:|\batMost\b|queryPatiently|[pP]atiently/,
    use: "mapError, withTimeout, queryWithTimeout",
  },
  {
    pattern: /\b[bB]ooks\b|\b[sS]trangers?\b|MISSING_(T?HERE)|\bhere:|\bthere:/,
    use: "ledger, unmatched entries, internal, external",
  },
  { pattern: /in a circle/, use: "deadlock" },
  {
    pattern: /\bfail\(|\bfailure\(|\brefus(e|al)[A-Za-z]*\(/,
    use: "throw appError(reason, …)",
    except: /assert\.fail|expect\.fail/,
  },
  // A public reason, and what the operating system calls a connection that nobody takes.
  {
    pattern: /\b[rR]efus(e|es|ed|al|als|ing)\b/,
    use: "reject",
    except: /CARD_NUMBER_REFUSED|[cC]onnection(s)? (is |was |that is )?refused/,
  },
  {
    pattern: /\b[wW]hoever\b|\b[nN]obody\b|\b[sS]omebody\b|what was (asked|said|told)/,
    use: "the noun: the caller, the lease's holder, another user",
  },
];

const skipped = [/^packages\/gen\//, /^third_party\//, /^docs\/(glossary\.md|language\.ts)$/, /^LICENSE$/];

/** Migrations and their tests name the columns and values of their time: only their comments are checked. */
const checkedInComments = /\/migrations\/|-migration\.test\.ts$/;

const { values, positionals } = parseArgs({
  options: { summary: { type: "boolean", default: false } },
  allowPositionals: true,
});
const root = join(import.meta.dirname, "..");
let found = 0;
for (const path of filesBelow(positionals)) {
  const hits = wordsIn(path);
  found += hits.length;
  if (values.summary && hits.length > 0) console.log(`${String(hits.length).padStart(5)} ${path}`);
  if (!values.summary) for (const hit of hits) console.log(hit);
}
if (found > 0) {
  console.error(`${found.toString()} words that the glossary (docs/glossary.md) has another word for`);
  process.exitCode = 1;
}

/** The text files of the repository below the given paths, or all of them. */
function filesBelow(paths: readonly string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...paths];
  const files = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
  const isText = (path: string) => /\.(tsx?|js|proto|md|sql|ya?ml|sh)$/.test(path);
  return files.filter((path) => isText(path) && !skipped.some((skip) => skip.test(path)));
}

/** Each hit as `path:line: the words → the words to use`. */
function wordsIn(path: string): string[] {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const isChecked = (line: string) => !checkedInComments.test(path) || /^\s*(\*|\/\*|\/\/)/.test(line);
  return lines.flatMap((line, index) =>
    words.flatMap(({ pattern, use, except }) => {
      if (!isChecked(line)) return [];
      const match = pattern.exec(line);
      if (!match || except?.test(line)) return [];
      return [`${path}:${(index + 1).toString()}: "${match[0]}" → ${use}`];
    }),
  );
}
