import { NativeSelect, Switch } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { WallboardView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Until } from "../kit/time.tsx";
import { useSupervising } from "./listening-context.tsx";

const minutes = ["", "15", "30", "60", "120"];
const minuteMs = 60_000;

/** Switches groups of agents in who are kept for a rush; nothing where the site has none. */
export function ReservePanel(props: { board: WallboardView }): ReactNode {
  const { t } = useTexts();
  const { switchReserve } = useSupervising();
  const [forMinutes, setForMinutes] = useState("");
  const { reserves } = props.board;
  if (reserves.length === 0) {
    return null;
  }
  const forMs = forMinutes === "" ? null : Number(forMinutes) * minuteMs;
  return (
    <section className="card" aria-labelledby="reserves-title" data-testid="reserves">
      <div className="section-head">
        <h2 id="reserves-title">{t("reserve.title")}</h2>
        <NativeSelect
          aria-label={t("reserve.duration")}
          data={minutes.map((value) => ({
            value,
            label:
              value === ""
                ? t("reserve.untilOff")
                : t("supervise.minutes", { count: Number(value) }),
          }))}
          value={forMinutes}
          onChange={(event) => setForMinutes(event.currentTarget.value)}
        />
      </div>
      <ul className="reserves">
        {reserves.map((group) => (
          <li key={group.groupId}>
            <Switch
              checked={group.isOn}
              disabled={switchReserve === null}
              onChange={() =>
                switchReserve?.({
                  groupId: group.groupId,
                  isOn: !group.isOn,
                  forMs: group.isOn ? null : forMs,
                })
              }
              label={t("reserve.group", { group: group.groupId, count: group.agents })}
              data-testid={`reserve-${group.groupId}`}
            />
            <span className="dim">
              {group.isOn && group.untilMs !== null && (
                <Until endsAtMs={group.untilMs} text={(time) => t("reserve.left", { time })} />
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
