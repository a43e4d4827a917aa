import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import type { Session } from "../../state/session.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch, ThemeSwitch } from "./switches.tsx";

export function LoginPage(props: { session: Session }): ReactNode {
  const { t } = useTexts();
  const { failure, isBusy } = useStore(props.session.store);
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");

  function submit(event: FormEvent): void {
    event.preventDefault();
    void props.session.login({ username: username.trim(), password });
  }

  return (
    <div className="login-page">
      <header className="login-top">
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className="centre-page">
        <form className="card login-card" onSubmit={submit}>
          <Brand size="large" />
          <div>
            <h1>{t("login.title")}</h1>
            <p className="dim">{t("login.lead")}</p>
          </div>
          <TextInput
            label={t("login.username")}
            name="username"
            size="md"
            autoComplete="username"
            autoFocus
            required
            maxLength={64}
            withAsterisk={false}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            data-testid="login-username"
          />
          <PasswordInput
            label={t("login.password")}
            name="password"
            size="md"
            autoComplete="current-password"
            required
            maxLength={200}
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            data-testid="login-password"
          />
          <div role="alert">
            {failure !== null && <p className="form-error">{t(`login.failure.${failure}`)}</p>}
          </div>
          <Button type="submit" size="md" loading={isBusy} data-testid="login-submit">
            {t("login.submit")}
          </Button>
        </form>
      </main>
    </div>
  );
}
