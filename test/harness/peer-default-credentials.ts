// Prints the kind of Application Default Credentials that google-auth-library finds, a line for each environment.
import { createInterface } from "node:readline";
import { GoogleAuth } from "google-auth-library";

/** One environment, as a line of JSON. */
export type PeerEnvironment = Readonly<Record<string, string>>;

const KINDS: Readonly<Record<string, string>> = {
  JWT: "service_account",
  UserRefreshClient: "authorized_user",
  Impersonated: "impersonated",
  IdentityPoolClient: "external_account",
  Compute: "compute_engine",
};

for await (const line of createInterface({ input: process.stdin })) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, JSON.parse(line) as PeerEnvironment);
  try {
    const { credential } = await new GoogleAuth().getApplicationDefault();
    console.log(KINDS[credential.constructor.name], credential.quotaProjectId ?? "");
  } catch {
    console.log("error ");
  }
}
