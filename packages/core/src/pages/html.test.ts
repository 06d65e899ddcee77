import { describe, expect, test } from "vitest";
import { checkHref, escapeHtml, escapeProse } from "./html.ts";

describe("escapeHtml", () => {
  test("escapes markup and quotes", () => {
    expect(escapeHtml(`<script>alert('1')</script> & "x"`)).toBe(
      "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;",
    );
  });

  test("replaces control characters and keeps line breaks and other scripts", () => {
    expect(escapeHtml("a\u0000b\rc\u001bd\ne")).toBe("a\ufffdb\ufffdc\ufffdd\ne");
    expect(escapeHtml("Zoë · عادة")).toBe("Zoë · عادة");
  });
});

test("escapeProse escapes text and shows text in backticks as code", () => {
  expect(escapeProse("Set `redirectUri<b>` & go")).toBe("Set <code>redirectUri&lt;b&gt;</code> &amp; go");
});

describe("checkHref", () => {
  test.each(["/", "/drive?a=1&b=2#c", "/@e", "https://app.example.com/authorize", "http://localhost:3000/"])(
    "accepts %j",
    (href) => {
      expect(checkHref("homeHref", href)).toBe(href);
    },
  );

  test.each([
    "",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/a\r\nSet-Cookie: a=b",
    "https:evil.example",
    "https://",
    "relative/path",
    "?query",
    "/with space",
  ])("rejects %j without repeating it", (href) => {
    const attempt = () => checkHref("homeHref", href);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(
      /^homeHref must be a path that starts with a single "\/", or an absolute http\(s\) URL,[^:]*$/,
    );
  });
});
