import type { ReactNode } from "react";

/** A page that says one thing. */
export function Notice(props: { title: string; text?: string; children?: ReactNode }): ReactNode {
  return (
    <main className="centre-page">
      <section className="card notice" role="alert">
        <h1>{props.title}</h1>
        {props.text !== undefined && <p>{props.text}</p>}
        <div className="row">{props.children}</div>
      </section>
    </main>
  );
}
