// The one place that knows where this project's repository is. `repository`, `homepage` and `bugs` of every published
// package.json are made of it, and so are the links in the published READMEs.

/** Where the repository is, as a browser opens it: "https://github.com/<organization>/scopegate". */
export const REPOSITORY: string | undefined = undefined;

/** Words under which a registry finds every package of ours, besides the `keywords` of its own package.json. */
export const KEYWORDS: readonly string[] = ["google", "google-oauth", "oauth2", "openid-connect", "scopegate"];
