import "./link/strict-csp.ts";
import "@mantine/core/styles.css";
import "./ui/app.css";
import { createRoot } from "react-dom/client";
import { startTexts } from "./i18n/index.ts";
import { fetchMe, postLogin, postLogout } from "./link/api.ts";
import { createSession } from "./state/session.ts";
import { App } from "./ui/app.tsx";

const askAgainMs = 2_000;

startTexts();
const session = createSession({
  me: fetchMe,
  login: postLogin,
  logout: postLogout,
  later: (run) => setTimeout(run, askAgainMs),
});
void session.check();

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(<App session={session} />);
}
