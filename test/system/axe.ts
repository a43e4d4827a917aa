// What axe finds on a page that would keep somebody from working.
import axe from "axe-core";
import type { Page } from "playwright-core";

type PageAxe = {
  run(options: object): Promise<{
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  }>;
};

/** Findings that would keep somebody from working, as `rule: where`. */
export async function findings(page: Page): Promise<string[]> {
  // Straight into the page's world: the product's CSP stays as strict as it is.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: PageAxe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    return (await axe.run({ runOnly: { type: "tag", values: tags } })).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
