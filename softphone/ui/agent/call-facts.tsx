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
      <Fact name={t("call.hotline")} isStrong>
        {pop.hotline[language]}
      </Fact>
      <Fact name={t("call.queue")} isStrong>
        {pop.queueName[language]}
      </Fact>
      <Fact name={t("call.language")}>{t(`call.languageName.${pop.language}`)}</Fact>
      <Fact name={t("call.dialled")}>{pop.dnis}</Fact>
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
      <Fact name={t("call.path")} isWide>
        {pop.path.length === 0 ? (
          t("call.pathNone")
        ) : (
          <span className="path">
            {pop.path.map((step, index) => (
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
    </dl>
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
export function CallerLine(props: { label: string; ani: string; children?: ReactNode }): ReactNode {
  const { t } = useTexts();
  return (
    <div className="caller-line">
      <div>
        <p className="eyebrow">{props.label}</p>
        <p className="caller">
          <span className="visually-hidden">{t("call.caller")}: </span>
          {props.ani === "" ? "–" : props.ani}
        </p>
      </div>
      {props.children}
    </div>
  );
}
