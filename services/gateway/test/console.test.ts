import { auditStory } from "./console/audit.ts";
import { deadLetterStory } from "./console/dead-letters.ts";
import { findingStory } from "./console/finding.ts";
import { keyboardStory } from "./console/keyboard.ts";
import { orderStory } from "./console/orders.ts";
import { safetyStory } from "./console/safety.ts";
import { webhookStory } from "./console/webhooks.ts";
import { signInStory } from "./console/sign-in.ts";
import { useConsoleStage } from "./support/console-stage.ts";

// Each story is a file; they share a system and a browser, which are most of what they cost.
describe("The operator console", function () {
  this.timeout(60_000);
  const stage = useConsoleStage();
  signInStory(stage);
  orderStory(stage);
  findingStory(stage);
  keyboardStory(stage);
  deadLetterStory(stage);
  webhookStory(stage);
  auditStory(stage);
  safetyStory(stage);
});
