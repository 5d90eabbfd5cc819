import type { ConsoleStage } from "../support/console-stage.ts";

/** The audit log's hash chain. */
export function auditStory(stage: ConsoleStage): void {
  it("verifies the audit log, and remembers its position for what is added later", async () => {
    const { system } = stage;
    await system.pay(await system.createOrder());
    const page = await stage.signedIn("audit");
    await page.getByRole("button", { name: "Verify all of it" }).click();
    const result = page.getByRole("region", { name: "This verification" });
    await result.getByText("Intact", { exact: true }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Verify what was added since" }).click();
    await result.getByText("Intact", { exact: true }).waitFor();
  });
}
