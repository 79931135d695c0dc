// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are programs
import { describe, expect, test } from "vitest";
import { typescriptAnalyzer } from "../../../../../../agent-host/analysis/typescript/typescript-analyzer.ts";

const cp = 'import { exec, spawn } from "node:child_process";\n';
const fs = 'import fs from "fs";\n';
const crypto = 'import crypto from "crypto";\n';

describe("dangerous code", () => {
  test.each([
    ["eval of a parameter", "function f(x) { eval(x); }", "warning code-from-text"],
    ["eval of a request", "app.get('/', (req) => eval(req.query.x));", "error code-from-text"],
    ["two calls on one line", "const f = (a, b) => a ? eval(a) : eval(b);", "warning code-from-text"],
    ["new Function", "const f = (body) => new Function('a', body);", "warning code-from-text"],
    ["a timer with text", "function f(x) { setTimeout('go(' + x + ')', 1); }", "warning code-from-text"],
    ["vm", 'import vm from "vm"; export const f = (x) => vm.runInNewContext(x);', "warning code-from-text"],
    ["a shell command", `${cp}export const f = (name) => exec(\`rm \${name}\`);`, "warning shell-command"],
    [
      "a promisified shell",
      `${cp}const run = promisify(exec); const execAsync = promisify(exec); export const f = (name) => execAsync("ls " + name);`,
      "warning shell-command",
    ],
    [
      "a shell command from a request",
      `${cp}app.get("/", (req) => { const { dir } = req.query; exec("ls " + dir); });`,
      "error shell-command",
    ],
    [
      "spawn with a shell",
      `${cp}export const f = (x) => spawn("ls", [x], { shell: true });`,
      "warning shell-command",
    ],
    [
      "SQL with a quoted value",
      "const f = (id) => db.query(`SELECT * FROM t WHERE id = '${id}'`);",
      "warning sql-text",
    ],
    [
      "SQL in a variable",
      "function f(id) { const sql = 'SELECT * FROM t WHERE id = \\'' + id + '\\''; return db.query(sql); }",
      "warning sql-text",
    ],
    [
      "SQL from a request",
      "app.get('/', (req) => db.query('DELETE FROM t WHERE id = ' + req.params.id));",
      "error sql-text",
    ],
    [
      "markup by hand",
      "function f(name) { el.innerHTML = '<b>' + name + '</b>'; }",
      "warning html-from-text",
    ],
    [
      "markup from the address bar",
      "el.innerHTML = decodeURIComponent(location.hash);",
      "error html-from-text",
    ],
    ["finished markup", "const f = (html) => { el.innerHTML = html; };", "info html-from-text"],
    [
      "a reflected value",
      "app.get('/', (req, res) => res.send(`<p>${req.query.q}</p>`));",
      "error html-from-text",
    ],
    ["TLS off", "https.request({ rejectUnauthorized: false });", "error tls-unverified"],
    ["TLS off everywhere", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';", "error tls-unverified"],
    [
      "a fast password hash",
      `${crypto}const f = (password) => crypto.createHash("md5").update(password).digest();`,
      "error weak-password-hash",
    ],
    ["a broken cipher", `${crypto}crypto.createCipheriv("des-ecb", key, null);`, "warning weak-cipher"],
    ["a predictable token", "const resetToken = Math.random().toString(36);", "warning weak-random"],
    [
      "a token without proof",
      'import jwt from "jsonwebtoken"; jwt.verify(t, k, { algorithms: ["none"] });',
      "error token-unverified",
    ],
    [
      "a path from a request",
      `${fs}app.get("/", (req) => fs.readFileSync("./files/" + req.params.name));`,
      "error path-from-request",
    ],
    [
      "a pattern from a request",
      "app.get('/', (req) => new RegExp(req.query.q));",
      "warning pattern-from-request",
    ],
    [
      "an open redirect",
      "app.get('/', (req, res) => res.redirect(req.query.next));",
      "warning redirect-from-request",
    ],
    ["a forged request", "app.get('/', async (req) => fetch(req.query.url));", "warning request-forgery"],
    [
      "a filter from a request",
      "app.post('/', (req) => User.findOne(req.body));",
      "warning query-from-request",
    ],
    [
      "open CORS",
      'import cors from "cors"; app.use(cors({ origin: true, credentials: true }));',
      "warning open-cors",
    ],
    [
      "an open window",
      'import { BrowserWindow } from "electron"; new BrowserWindow({ webPreferences: { nodeIntegration: true } });',
      "warning unsafe-window",
    ],
    [
      "a running deserializer",
      'import { unserialize } from "node-serialize"; const f = (x) => unserialize(x);',
      "error unsafe-deserialization",
    ],
  ])("%s is reported", (_, text, expected) => {
    expect(risksOf(text)).toEqual([expected]);
  });

  test("React's dangerous property", () => {
    const text =
      "export const A = ({ name }) => <p dangerouslySetInnerHTML={{ __html: `<b>${name}</b>` }} />;";
    expect(risksOf(text, "src/a.tsx")).toEqual(["warning html-from-text"]);
    expect(risksOf(text.replace("${name}", "fixed"), "src/a.tsx")).toEqual([]);
  });
});

describe("harmless code", () => {
  test.each([
    ["eval of a constant", "const code = '1 + 1'; eval(code);"],
    ["a timer with a function", "setTimeout(() => go(), 1); setTimeout(go, 1);"],
    ["a local function called exec", "function exec(x) {} const f = (x) => exec(`rm ${x}`);"],
    ["exec of a regular expression", "const f = (x) => /a/.exec(`${x}`);"],
    ["a command of constants", `${cp}const tool = "git"; exec(\`\${tool} \${["a", "b"].join(" ")}\`);`],
    ["a command with a number", `${cp}export const f = (port: number) => exec(\`lsof -i :\${port}\`);`],
    ["spawn without a shell", `${cp}export const f = (x) => spawn("ls", [x]);`],
    ["SQL parameters", "const f = (id) => db.query('SELECT * FROM t WHERE id = $1', [id]);"],
    [
      "SQL placeholders",
      "const f = (ids) => db.query(`SELECT * FROM t WHERE id IN (${ids.map(() => '?').join(',')})`, ids);",
    ],
    ["an SQL table name", "const f = (table) => db.query(`SELECT * FROM ${table}`);"],
    ["escaped SQL", "const f = (id) => db.query(`SELECT * FROM t WHERE id = ${db.escape(id)}`);"],
    ["a constant in SQL", "const LIMIT = 10; db.query(`SELECT * FROM t LIMIT ${LIMIT}`);"],
    ["prose that starts like SQL", "const f = (x) => logger.query(`Update for ${x} received`);"],
    ["escaped markup", "const f = (x) => { el.innerHTML = `<b>${escapeHtml(x)}</b>`; };"],
    [
      "markup of a table",
      "const icons = { a: '<i/>', b: '<b/>' }; const f = (k) => { el.innerHTML = icons[k]; };",
    ],
    ["a local named innerHTML", "let innerHTML = ''; const f = (x) => { innerHTML = x; };"],
    ["a union of literals", "const f = (kind: 'a' | 'b') => { el.innerHTML = `<i class='${kind}'></i>`; };"],
    ["TLS on", "https.request({ rejectUnauthorized: true });"],
    ["a fast hash of a file", `${crypto}crypto.createHash("md5").update(fileContent).digest("hex");`],
    ["a key that forces a redraw", "const x = { nonce: Math.random(), id: Math.random() };"],
    ["an imported picture", "import hero from './hero.png'; a.innerHTML = `<img src=\"${hero}\">`;"],
    ["an imported text", "import page from './page?raw'; a.innerHTML = `<b>${page}</b>`;"],
    [
      "a redirect to another path of the same host",
      "export function middleware(req) { const url = req.nextUrl.clone(); return NextResponse.redirect(url); }",
    ],
    ["a random position", "const x = Math.random() * width; const tokens = Math.floor(Math.random() * 3);"],
    ["a path of the program", `${fs}fs.readFileSync(path.join(__dirname, "a.txt"));`],
    [
      "a base name from a request",
      `${fs}app.get("/", (req) => fs.readFileSync("./files/" + path.basename(req.params.name)));`,
    ],
    [
      "a redirect within the site",
      "app.get('/', (req, res) => res.redirect(`/login?next=${encodeURIComponent(req.query.next)}`));",
    ],
    ["an uploaded file", `${fs}app.post("/", (req) => fs.readFileSync(req.file.path));`],
  ])("%s is not reported", (_, text) => {
    expect(risksOf(text)).toEqual([]);
  });

  test("tests and fixtures are left alone, scripts are told more quietly", () => {
    const text = "function f(x) { eval(x); }";
    expect(risksOf(text, "test/a.test.ts")).toEqual([]);
    expect(risksOf(text, "scripts/a.ts")).toEqual(["info code-from-text"]);
  });

  test("many of a kind in one file are one finding with the other places", () => {
    const lines = Array.from({ length: 6 }, (_, n) => `const f${n} = (x) => eval(x);`).join("\n");
    const { findings } = typescriptAnalyzer.analyze({
      path: "src/x.ts",
      text: lines,
      bytes: 1,
      language: "typescript",
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.related).toHaveLength(5);
  });
});

function risksOf(text: string, path = "src/x.ts"): string[] {
  return typescriptAnalyzer
    .analyze({ path, text, bytes: text.length, language: "typescript" })
    .findings.map(({ severity, ruleId }) => `${severity} ${ruleId.replace("security/", "")}`);
}
