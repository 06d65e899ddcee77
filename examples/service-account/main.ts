// npm run example service-account: an app's own calls to Google, with nobody signed in.
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
  // Google's error, and what to change: an AuthError has the remedy of Google's own table.
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof AuthError) console.error(error.remedy);
  process.exitCode = 1;
}
