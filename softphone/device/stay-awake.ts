let held = false;

/** Holds a shared Web Lock for the page's life: browsers do not freeze a page that holds one. */
export function stayAwake(): void {
  if (held || navigator.locks === undefined) {
    return;
  }
  held = true;
  const forever = new Promise<never>(() => undefined);
  navigator.locks
    .request("rexian-seat", { mode: "shared" }, () => forever)
    .catch(() => {
      held = false;
    });
}
