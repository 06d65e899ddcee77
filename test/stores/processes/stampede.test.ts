// Grants whose access tokens have expired, and eight processes that want them at the same moment.
import { beforeEach, expect, it } from "vitest";
import { RawBrowser } from "../../harness/security/browser.ts";
import { keyOf } from "../../harness/stores/deployment.ts";
import { onEveryStore } from "../../harness/stores/suite.ts";

const HOUR = 3600_000;
const PROCESSES = 8;
const REQUESTS = 50;
const GRANTS = 10;

// Nobody dies here: leases are as long as they are by default.
const options = { count: PROCESSES, leaseMs: 15_000, users: GRANTS + 3 };

onEveryStore("eight processes", options, (suite) => {
  beforeEach(async () => {
    const { google, processes } = suite().deployment;
    google.requests.clear();
    await Promise.all(processes.map((each) => each.forget()));
  });

  const reports = () => Promise.all(suite().deployment.processes.map((each) => each.report()));

  it("S29 50 requests in each of them, on one expired grant, make one token request", async () => {
    const { deployment, nextUser } = suite();
    const user = nextUser();
    const browser = await deployment.signIn(user);
    await deployment.advance(HOUR);
    const answers = await deployment.together([browser], REQUESTS);
    expect(answers).toHaveLength(PROCESSES * REQUESTS);
    const { status, json } = answers[0]!.answer;
    expect(status).toBe(200);
    expect(await deployment.whose(json["token"])).toBe(user.sub);
    for (const { answer } of answers) expect(answer.json).toEqual(json);
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(1);
    const told = await reports();
    expect(told.flatMap(({ events }) => events)).toEqual(["refreshed"]);
  });

  it("S29 50 requests in each of them, on ten expired grants, make one token request a grant", async () => {
    const { deployment, nextUser } = suite();
    const users = Array.from({ length: GRANTS }, nextUser);
    const browsers: RawBrowser[] = [];
    for (const user of users) browsers.push(await deployment.signIn(user));
    await deployment.advance(HOUR);
    const answers = await deployment.together(browsers, REQUESTS);
    const tokens = users.map((_, index) => answers.find(({ user }) => user === index)!.answer.json["token"]);
    for (const { user, answer } of answers) expect(answer.json).toEqual({ token: tokens[user] });
    expect(await Promise.all(tokens.map(deployment.whose))).toEqual(users.map(({ sub }) => sub));
    const sent = deployment.tokenRequests("refresh_token").map(({ form }) => form["refresh_token"]);
    expect(sent).toHaveLength(GRANTS);
    expect(new Set(sent).size).toBe(GRANTS);
  });

  it("S03 of 50 identical callbacks, spread over them, one reaches the token endpoint", async () => {
    const { deployment, nextUser } = suite();
    const { balancer, google, processes, store } = deployment;
    const user = nextUser();
    const visitor = new RawBrowser(balancer.origin);
    const { location } = await visitor.open("/drive");
    const { pathname, search } = new URL(await google.approve(location, { user: user.sub }));
    const copies = Array.from({ length: REQUESTS }, (_, index) => processes[index % PROCESSES]!.browser(visitor));
    const answers = await Promise.all(copies.map((copy) => copy.open(pathname + search)));
    expect(deployment.tokenRequests("authorization_code")).toHaveLength(1);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      302,
      ...Array.from({ length: REQUESTS - 1 }, () => 400),
    ]);
    expect(await store.keysOf(keyOf(user).client, user.sub)).toEqual([keyOf(user)]);
    // Who was signed in is signed in everywhere.
    const winner = copies[answers.findIndex(({ status }) => status === 302)]!;
    const { json } = await processes[0]!.browser(winner).call("/token");
    expect(await deployment.whose(json["token"])).toBe(user.sub);
  });

  it("S31 `invalid_grant` deletes the grant once, is told to one process's hook, and reaches every caller", async () => {
    const { deployment, nextUser } = suite();
    const user = nextUser();
    const browser = await deployment.signIn(user);
    await deployment.advance(HOUR);
    deployment.google.revokeUser(user.sub);
    const answers = await deployment.together([browser], REQUESTS);
    for (const { answer } of answers) {
      expect([answer.status, answer.json]).toEqual([401, { thrown: "reconnect_required" }]);
    }
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(1);
    const told = await reports();
    expect(told.flatMap(({ deletions }) => deletions)).toEqual([true]);
    expect(told.flatMap(({ events }) => events)).toEqual(["failed: reconnect_required"]);
    expect(await deployment.store.get(keyOf(user))).toBeUndefined();

    // The user consents again, and every process knows.
    const again = await deployment.together([await deployment.signIn(user)], 1);
    expect(again.map(({ answer }) => answer.status)).toEqual(again.map(() => 200));
  });
});
