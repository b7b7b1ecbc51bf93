/** Logs in: with the token after "#" of a one-time link, as the proxy says, or with name and password. */
import { h, type ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, logIn } from "./api.ts";
import { navigate } from "./navigation.ts";
import { Trouble } from "./shared-parts.ts";

export function LoginView({ onLogin }: { readonly onLogin: () => void }): ComponentChild {
  const [error, setError] = useState<ApiError>();
  const tryLogin = async (login: Parameters<typeof logIn>[0]): Promise<void> => {
    try {
      await logIn(login);
      const wanted = new URLSearchParams(location.search).get("then") ?? "/";
      // Only a path of this page: "//host" would leave it.
      navigate(/^\/(?!\/)/.test(wanted) ? wanted : "/", "replace");
      onLogin();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (failure.code !== "login-needed") setError(failure);
    }
  };
  useEffect(() => {
    const useLink = (): void => {
      const link = location.hash.slice(1);
      // Removed from the address bar and the history.
      if (link !== "") history.replaceState(null, "", location.pathname + location.search);
      void tryLogin(link === "" ? {} : { link });
    };
    useLink();
    // The browser does not load the page again when the link is pasted into the address bar of an open login.
    addEventListener("hashchange", useLink);
    return () => removeEventListener("hashchange", useLink);
  }, []);
  return h(
    "main",
    { class: "login" },
    h("h1", null, "bailiff"),
    h("p", null, "For a link that logs you in, run on this host:"),
    h("pre", null, "sudo bailiff web open"),
    h(PasswordForm, { onSubmit: (login) => void tryLogin(login) }),
    h(Trouble, { error }),
  );
}

interface Password {
  readonly name: string;
  readonly password: string;
}

function PasswordForm({
  onSubmit,
}: {
  readonly onSubmit: (login: Password) => void;
}): ComponentChild {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const fields = new FormData(event.currentTarget);
    const [name, password] = [fields.get("name"), fields.get("password")];
    if (typeof name === "string" && typeof password === "string") onSubmit({ name, password });
  };
  const field = (name: string, label: string, more: object): ComponentChild =>
    h("label", null, label, h("input", { name, required: true, ...more }));
  return h(
    "form",
    { onSubmit: submit },
    h("p", { class: "note" }, "Or, if you have a password for this dashboard:"),
    field("name", "Name", { autocomplete: "username" }),
    field("password", "Password", { type: "password", autocomplete: "current-password" }),
    h("button", { class: "primary" }, "Log in"),
  );
}
