import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";

export type Pop = NonNullable<AgentView["pop"]>;

/** What is known about a call: the same list while it rings, runs and is wrapped up. */
export function CallFacts(props: { pop: Pop; children?: ReactNode }): ReactNode {
  const { t, language } = useTexts();
  const { pop } = props;
  return (
    <dl className="facts" id="incoming-facts">
      {pop.direction !== undefined && (
        <Fact name={t("call.direction")} isStrong>
          <span data-testid="direction">{t(`call.directionName.${pop.direction}`)}</span>
        </Fact>
      )}
      <Fact name={pop.direction === "internal" ? t("call.colleague") : t("call.hotline")} isStrong>
        {pop.hotline[language]}
      </Fact>
      {pop.direction !== "internal" && (
        <>
          <Fact name={t("call.queue")} isStrong>
            {pop.queueName[language]}
          </Fact>
          <Fact name={t(pop.direction === undefined ? "call.dialled" : "call.shownNumber")}>
            {pop.dnis}
          </Fact>
        </>
      )}
      {pop.direction === undefined && (
        <Fact name={t("call.language")}>{t(`call.languageName.${pop.language}`)}</Fact>
      )}
      {pop.firstDnis !== null && pop.firstDnis !== pop.dnis && (
        <Fact name={t("call.firstDialled")}>{pop.firstDnis}</Fact>
      )}
      {pop.transferredBy !== undefined && (
        <Fact name={t("call.transferredBy")} isStrong>
          <span data-testid="transferred-by">
            {pop.transferredBy.name[language]} ({pop.transferredBy.agentId})
          </span>
        </Fact>
      )}
      {props.children}
      {pop.direction === undefined && <PathFact path={pop.path} />}
    </dl>
  );
}

/** The way through the menus, for callers who came in. */
function PathFact(props: { path: Pop["path"] }): ReactNode {
  const { t, language } = useTexts();
  return (
    <Fact name={t("call.path")} isWide>
      {props.path.length === 0 ? (
        t("call.pathNone")
      ) : (
        <span className="path">
          {props.path.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a path may hold the same step twice
            <span key={index} className="path-step">
              {step.label?.[language] ?? (
                <>
                  <span className="dim">{step.name}</span> {step.value}
                </>
              )}
            </span>
          ))}
        </span>
      )}
    </Fact>
  );
}

export function Fact(props: {
  name: string;
  isStrong?: boolean;
  isWide?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="fact" data-wide={props.isWide} data-strong={props.isStrong}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** The caller's number, large enough to read at arm's length. */
export function CallerLine(props: {
  label: string;
  ani: string;
  direction?: Pop["direction"];
  children?: ReactNode;
}): ReactNode {
  const { t } = useTexts();
  return (
    <div className="caller-line">
      <div>
        <p className="eyebrow">{props.label}</p>
        <p className="caller">
          <span className="visually-hidden">
            {t(props.direction === undefined ? "call.caller" : "call.called")}:{" "}
          </span>
          {props.ani === "" ? "–" : props.ani}
        </p>
      </div>
      {props.children}
    </div>
  );
}
