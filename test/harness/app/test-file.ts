// Runs before each test file and notes its path, for the choice of its frameworks.
import { relative } from "node:path";
import { expect } from "vitest";
import { root } from "../markdown.ts";

process.env["TEST_FILE"] = relative(root, expect.getState().testPath!);
