import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import type { WallboardView } from "../../../engine/wire/desk.ts";
import { percentText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { type Alert, type Tiles as TileFigures, wallboardTiles } from "../../state/wallboard.ts";
import { StateMark } from "../kit/state-mark.tsx";
import { Since, useServerNow } from "../kit/time.tsx";
import { AlertMark } from "./alert-mark.tsx";

export function Tiles(props: { board: WallboardView }): ReactNode {
  const { t } = useTexts();
  const tiles = wallboardTiles(props.board, useServerNow());
  return (
    <section className="tiles" aria-label={t("board.title")}>
      <Tile name={t("board.tile.waiting")} alert={tiles.waitingAlert} testId="tile-waiting">
        <p className="tile-value">{tiles.waiting}</p>
        <p className="dim small">{t("board.tile.waitingHint")}</p>
      </Tile>
      <Tile name={t("board.tile.longest")} alert={tiles.longestWaitAlert} testId="tile-longest">
        <p className="tile-value">
          {tiles.longestWaitSinceMs === null ? "–" : <Since sinceMs={tiles.longestWaitSinceMs} />}
        </p>
      </Tile>
      <ServiceLevelTile tiles={tiles} />
      <Tile name={t("board.tile.answered")} alert="calm" testId="tile-answered">
        <p className="tile-value">{tiles.answered}</p>
        <p className="dim small">{t("board.tile.offered", { count: tiles.offered })}</p>
      </Tile>
      <Tile name={t("board.tile.abandoned")} alert="calm" testId="tile-abandoned">
        <p className="tile-value">{tiles.abandoned}</p>
        <p className="dim small">
          {t("board.tile.shortAbandoned", { count: tiles.shortAbandoned })}
        </p>
      </Tile>
      <AgentsTile agents={tiles.agents} />
    </section>
  );
}

/** The share with its numerator, denominator and definition, in sight and as a tooltip. */
function ServiceLevelTile(props: { tiles: TileFigures }): ReactNode {
  const { t } = useTexts();
  const { serviceLevel, targetsMs, targetRatio } = props.tiles;
  const target = targetsMs.map((ms) => `${ms / 1_000} s`).join(" / ");
  const definition =
    targetsMs.length > 1
      ? t("board.tile.definitionMixed", { target })
      : t("board.tile.definition", { target });
  const fraction = t("board.tile.fraction", {
    numerator: serviceLevel.inTarget,
    denominator: serviceLevel.offered,
  });
  const goal =
    targetRatio === null ? "" : t("board.tile.goal", { percent: percentText(targetRatio) });
  return (
    <Tooltip label={`${definition} = ${fraction}`} withArrow>
      <div>
        <Tile
          name={t("board.tile.serviceLevel")}
          alert={serviceLevel.alert}
          testId="tile-service-level"
        >
          <p className="tile-value">
            {percentText(serviceLevel.ratio)} <span className="tile-fraction">{fraction}</span>
          </p>
          <p className="dim small">
            {definition}
            {goal === "" ? "" : ` · ${goal}`}
          </p>
        </Tile>
      </div>
    </Tooltip>
  );
}

const shown = [
  "ready",
  "offered",
  "dialling",
  "onCall",
  "wrapUp",
  "notReady",
  "loggedOut",
] as const;

function AgentsTile(props: { agents: TileFigures["agents"] }): ReactNode {
  const { t } = useTexts();
  return (
    <Tile name={t("board.tile.agents")} alert="calm" testId="tile-agents">
      <ul className="state-counts">
        {shown.map((kind) => (
          <li key={kind} data-look={kind}>
            <StateMark look={kind} />
            <span>{t(`state.${kind}`)}</span>
            <strong className="tabular">{props.agents[kind]}</strong>
          </li>
        ))}
      </ul>
    </Tile>
  );
}

function Tile(props: {
  name: string;
  alert: Alert;
  testId: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="card tile" data-alert={props.alert} data-testid={props.testId}>
      <div className="tile-head">
        <h2 className="eyebrow">{props.name}</h2>
        <AlertMark alert={props.alert} />
      </div>
      {props.children}
    </div>
  );
}
