#!/usr/bin/env node
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stateHome } from "./client/state-home.ts";

// The first script of the bundle, kept tiny: what follows is compiled once and then read from the cache, which halves
// the start. The cache lies in the state folder, which is private, and only if that is there already.
const home = stateHome(process.env);
// Node.js 22.8 and later.
if (existsSync(home)) process.getBuiltinModule("node:module").enableCompileCache?.(join(home, "cache"));

void import("./main.ts");
