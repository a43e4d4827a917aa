import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { WallboardView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { helpRows } from "../../state/supervising.ts";
import { Icon } from "../kit/icons.tsx";
import { Since } from "../kit/time.tsx";
import { Listen } from "./listen-button.tsx";
import { useSupervising } from "./listening-context.tsx";

/** Agents who ask for help, who waits longest first, with what can be done about it. */
export function HelpBar(props: { board: WallboardView }): ReactNode {
  const { t, language } = useTexts();
  const { ofAgent } = useSupervising();
  const rows = helpRows(props.board);
  return (
    <div role="status">
      {rows.length > 0 && (
        <section className="card help-bar" aria-label={t("help.title")} data-testid="help-bar">
          <ul>
            {rows.map(({ row, help }) => {
              const name = row.name[language];
              const { endHelp } = ofAgent(row);
              return (
                <li key={row.agentId}>
                  <span>
                    <Icon name="warning" size={16} /> <strong>{t("help.asks", { name })}</strong>{" "}
                    {help.text}
                  </span>
                  <Since sinceMs={help.sinceMs} />
                  <Listen row={row} testId={`help-listen-${row.agentId}`} />
                  <Button
                    size="compact-sm"
                    variant="default"
                    disabled={endHelp === null}
                    onClick={() => endHelp?.()}
                    aria-label={t("help.doneFor", { name })}
                    data-testid={`help-done-${row.agentId}`}
                  >
                    {t("help.done")}
                  </Button>
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </div>
  );
}
