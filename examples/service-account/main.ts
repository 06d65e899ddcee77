// Run it with: npm run example service-account
// It calls Google APIs as the app itself. No user signs in.
import { AuthError } from "@scopegate/core";
import { serviceAccount } from "@scopegate/core/service";
import { reportFromLocalGoogle } from "./local-google.ts";
import { report } from "./report.ts";

const { GOOGLE_APPLICATION_CREDENTIALS: keyFile, GOOGLE_CLOUD_PROJECT: project, WORKSPACE_USER: user } = process.env;

try {
  const lines = keyFile
    ? await report({ source: serviceAccount({ keyFile }), project: project || undefined, user: user || undefined })
    : await reportFromLocalGoogle();
  console.log(lines.join("\n"));
} catch (error) {
  // The message says what is wrong. The remedy of an AuthError says what to change.
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof AuthError) console.error(error.remedy);
  process.exitCode = 1;
}
