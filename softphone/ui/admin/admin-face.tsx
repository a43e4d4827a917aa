import { type ReactNode, useId } from "react";
import { useTexts } from "../../i18n/index.ts";
import { fetchSite, type Site } from "../../link/api.ts";
import type { FaceProps } from "../face-props.ts";
import { PageFrame } from "../frame/page-frame.tsx";
import { LoadFailure } from "../kit/load-failure.tsx";
import { useLoaded } from "../kit/use-loaded.ts";
import { TraceSection } from "./trace-section.tsx";

/** What the site file says, to read. */
export default function AdminFace(props: FaceProps): ReactNode {
  const { t } = useTexts();
  const { state, reload } = useLoaded(fetchSite, props.session);
  return (
    <PageFrame user={props.user} face="admin" onLogout={() => void props.session.logout()}>
      <div className="page-head">
        <h1>{t("admin.title")}</h1>
        <span className="dim">{t("admin.readOnly")}</span>
      </div>
      {state.kind === "loading" && <p className="empty">{t("common.loading")}</p>}
      {state.kind === "failed" && <LoadFailure text={t("admin.failed")} onRetry={reload} />}
      {state.kind === "loaded" && (
        <div style={{ display: "grid", gap: "1rem" }}>
          <Numbers site={state.value} />
          <Queues site={state.value} />
          <Agents site={state.value} />
          <TraceSection session={props.session} />
        </div>
      )}
    </PageFrame>
  );
}

function Numbers(props: { site: Site }): ReactNode {
  const { t, language } = useTexts();
  return (
    <SiteTable
      title={t("admin.numbers")}
      heads={[t("admin.digits"), t("admin.hotline"), t("admin.language"), t("admin.target")]}
      rows={props.site.numbers.map((number) => [
        number.digits,
        number.hotline[language],
        t(`call.languageName.${number.language}`),
        number.flow === undefined
          ? t("admin.toQueue", { id: number.queue ?? "–" })
          : t("admin.flow", { id: number.flow }),
      ])}
    />
  );
}

function Queues(props: { site: Site }): ReactNode {
  const { t, language } = useTexts();
  return (
    <SiteTable
      title={t("admin.queues")}
      heads={[
        t("admin.id"),
        t("admin.name"),
        t("admin.skills"),
        t("admin.priority"),
        t("admin.serviceTarget"),
        t("admin.ring"),
        t("admin.wrapUp"),
      ]}
      rows={props.site.queues.map((queue) => [
        queue.id,
        queue.name[language],
        skillText(queue.skills, t("common.none")),
        String(queue.priority),
        t("admin.targetText", { percent: `${queue.targetPercent}%`, seconds: queue.targetSeconds }),
        t("admin.seconds", { count: queue.ringSeconds }),
        t("admin.seconds", { count: queue.wrapUpSeconds }),
      ])}
    />
  );
}

function Agents(props: { site: Site }): ReactNode {
  const { t, language } = useTexts();
  return (
    <SiteTable
      title={t("admin.agents")}
      heads={[t("admin.id"), t("admin.name"), t("admin.agentSkills"), t("admin.device")]}
      rows={props.site.agents.map((agent) => [
        agent.id,
        agent.name[language],
        skillText(agent.skills, t("common.none")),
        t(`admin.deviceName.${agent.device.kind}`),
      ])}
    />
  );
}

function skillText(skills: Readonly<Record<string, number>>, none: string): string {
  const entries = Object.entries(skills);
  return entries.length === 0 ? none : entries.map(([id, level]) => `${id} ${level}`).join(", ");
}

/** Rows are keyed by their first cell, which is an id or a number. */
function SiteTable(props: {
  title: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
}): ReactNode {
  const titleId = useId();
  return (
    <div className="card">
      <div className="section-head">
        <h2 id={titleId}>{props.title}</h2>
        <span className="dim tabular">{props.rows.length}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="table-wrap" tabIndex={0} aria-labelledby={titleId}>
        <table className="grid-table">
          <thead>
            <tr>
              {props.heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map(([first, ...cells]) => (
              <tr key={first}>
                <th scope="row">{first}</th>
                {cells.map((cell, column) => (
                  <td key={props.heads[column + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
