// Runs before each test file: tells which one it is, to the child processes of the file too.
import { expect } from "vitest";

process.env["TEST_FILE"] = expect.getState().testPath;
