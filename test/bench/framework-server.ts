// One app of the section "frameworks", in a process of its own.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { APPS } from "./framework-apps.ts";
import type { AppName, Parts } from "./framework-apps.ts";
import { answerMessages } from "./processes.ts";
import type { StartAnswer, UsageAnswer } from "./server.ts";

/** Messages that the server answers. */
export type FrameworkMessage = StartMessage | { readonly kind: "usage" };

interface StartMessage extends Omit<Parts, "options"> {
  readonly kind: "start";
  readonly app: AppName;
  readonly client: Parts["options"]["client"];
}

let requests = 0;

answerMessages((received) => {
  const message = received as FrameworkMessage;
  return message.kind === "start" ? start(message) : readUsage();
});

async function start({ app, client, ...parts }: StartMessage): Promise<StartAnswer> {
  const options = { client, redirectUri: "http://localhost/oauth2callback" };
  const { listener, cookie } = await APPS[app]({ ...parts, options });
  const server = createServer(listener).on("request", () => (requests += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `${origin}/page`, cookie: cookie ?? (await fillSession(origin)) };
}

/** What the app's own session middleware gives a browser whose session it has filled. */
async function fillSession(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/fill`);
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";", 1)[0]!);
  if (!answer.ok || cookies.length === 0) throw new Error(`no session: ${answer.status} ${await answer.text()}`);
  return cookies.join("; ");
}

function readUsage(): UsageAnswer {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, requests };
}
