import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pythonAnalyzer } from "../../../../../agent-host/analysis/python/python-analyzer.ts";
import { findingSchema } from "../../../../../agent-host/protocol/finding.ts";

function analyze(text: string, path = "app/main.py") {
  return pythonAnalyzer.analyze({ path, text, language: "python", bytes: Buffer.byteLength(text) });
}

function problems(text: string, path?: string) {
  return analyze(text, path).findings.map(
    (found) => `${found.severity} ${found.ruleId.replace(/^.*python-/, "")}`,
  );
}

describe("imports", () => {
  test("keep dots, names and aliases apart", () => {
    const { imports } = analyze(
      "import os.path as p, sys\nfrom ..pkg.mod import (a,\n  b as c)\nfrom . import *\n",
    );
    expect(imports.map(({ specifier, names }) => [specifier, names])).toEqual([
      ["os.path", ["*"]],
      ["sys", ["*"]],
      ["..pkg.mod", ["a", "b"]],
      [".", ["*"]],
    ]);
    expect(imports[1]?.range).toEqual({ startLine: 1, startColumn: 22, endLine: 1, endColumn: 25 });
  });

  test("know when they run and whether they may fail", () => {
    const text = [
      "try:\n    import fast\nexcept ImportError:\n    import slow",
      "if TYPE_CHECKING:\n    from .types import T\nelse:\n    T = None",
      "def f():\n    import late",
      "try:\n    import needed\nexcept ValueError:\n    pass",
      'import importlib\nimportlib.import_module("plug.in")\n',
    ].join("\n");
    const flags = analyze(text).imports.map((fact) => {
      const set = (["optional", "typeOnly", "deferred"] as const).filter((flag) => fact[flag]);
      return `${fact.specifier} ${set.join(",")}`.trim();
    });
    expect(flags).toEqual([
      "fast optional",
      "slow optional",
      ".types typeOnly",
      "late deferred",
      "needed",
      "importlib",
      "plug.in",
    ]);
  });

  test("of a package's __init__ leave it again", () => {
    expect(analyze("from .a import b\n", "pkg/__init__.py").imports[0]?.reExport).toBe(true);
    expect(analyze("from .a import b\n", "pkg/c.py").imports[0]?.reExport).toBe(false);
  });
});

describe("exports", () => {
  test("are public top-level names, or what __all__ lists", () => {
    const body = "X = 1\ndef f(): return X\nclass K: pass\ndef _g(): pass\nif X:\n    def h(): pass\n";
    const summary = (text: string) =>
      analyze(text).exports.map(({ name, usedLocally }) => `${name}${usedLocally ? "*" : ""}`);
    expect(summary(body)).toEqual(["X*", "f", "K", "h"]);
    expect(summary(`${body}__all__ = ["f", "_g"]\n`)).toEqual(["f", "_g"]);
  });
});

describe("functions", () => {
  test("count every decision once", () => {
    const text = [
      "class K:",
      "    def m(self, a, *rest, b=f(1, 2), **kw) -> int:",
      "        for x in [y for y in a if y if not y]:", // for, if, if
      "            if x and x or a:", // if, and, or
      "                pass",
      "            elif x: pass", // elif
      "        while a: pass", // while
      "        try: pass",
      "        except ValueError: pass", // except
      "        with a: pass",
      "        def inner():",
      "            return 1 if a else 2", // inner: conditional
      "        match a:",
      "            case 1 if b: pass", // case
      "            case _: pass",
      "",
      "",
    ].join("\n");
    const [method, inner] = analyze(text).functions;
    expect(method).toMatchObject({ name: "K.m", complexity: 11, parameters: 4, maxNesting: 2, lines: 14 });
    expect(inner).toMatchObject({ name: "K.m.inner", complexity: 2, parameters: 0, maxNesting: 0 });
  });
});

describe("unsafe calls", () => {
  test.each([
    ["x = load()\neval(x)", "warning eval"],
    ["x = input()\neval(x)", "error eval"],
    ["def f(request):\n    exec(request.body)", "error eval"],
    ["import os\ndef f(n): os.system(f'rm {n}')", "error shell-injection"],
    ["import os\ndef f(n): os.system('rm ' + n)", "error shell-injection"],
    ["import subprocess as sp\ndef f(c): sp.run(c, shell=True)", "warning shell-injection"],
    [
      "from subprocess import Popen\ndef f(n):\n    c = 'ls %s' % n\n    Popen(c, shell=True)",
      "error shell-injection",
    ],
    ["import pickle\ndef f(request): return pickle.loads(request.data)", "error unsafe-deserialization"],
    ["import pickle\ndef f(p): return pickle.load(p)", "info unsafe-deserialization"],
    ["import yaml\ndef f(p): return yaml.load(p)", "warning yaml-load"],
    ["import yaml\ndef f(p): return yaml.load(p, Loader=yaml.Loader)", "warning yaml-load"],
    ["import requests\ndef f(u): return requests.get(u, verify=False)", "error tls-unverified"],
    ["import ssl\nc = ssl._create_unverified_context()", "error tls-unverified"],
    ["import hashlib\ndef f(password): return hashlib.md5(password.encode())", "error weak-password-hash"],
    ["import hashlib\ndef hash_password(p): return hashlib.md5(p)", "error weak-password-hash"],
    ["import tempfile\nt = tempfile.mktemp()", "warning mktemp"],
    ["def f(c, n): c.execute(f\"SELECT * FROM t WHERE n = '{n}'\")", "error sql-injection"],
    ["def f(c, n): c.execute('SELECT * FROM t WHERE n = %s' % n)", "error sql-injection"],
    ["def f(c, n): c.execute('SELECT * FROM t WHERE n = {}'.format(n))", "error sql-injection"],
    ["def f(c, n):\n    q = 'DELETE FROM t WHERE id = ' + n\n    c.execute(q)", "error sql-injection"],
    ["def f(c, t): c.execute(f'SELECT * FROM {t}')", "warning sql-injection"],
    ["def f(c, t): c.execute(f'ALTER SESSION SET x={t}')", "warning sql-injection"],
    [
      "import os\ndef f(n):\n    if n: c = 'a ' + n\n    else: c = 'b'\n    os.system(c)",
      "error shell-injection",
    ],
    ["from flask import Flask\napp = Flask('a')\napp.run(debug=True)", "warning flask-debug"],
    ["from jinja2 import Environment\ne = Environment(autoescape=False)", "warning jinja-autoescape"],
    [
      "from flask import render_template_string\ndef f(n): return render_template_string('<p>' + n)",
      "warning template-injection",
    ],
    ["from markupsafe import Markup\ndef f(n): return Markup(f'<b>{n}</b>')", "info unescaped-markup"],
    ["import random\ndef reset_token(): return random.choice('abc')", "warning weak-random"],
    ["import paramiko\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())", "warning ssh-host-key"],
  ])("%j is reported", (text, expected) => {
    expect(problems(`${text}\n`)).toEqual([expected]);
  });

  test.each([
    "eval('1 + 1')",
    "CODE = 'x = 1'\nexec(CODE)",
    "import torch\nmodel.eval()\ndf.eval(expr)",
    "from ast import literal_eval\nliteral_eval(x)",
    "def eval(x): return x\neval(y)",
    "import os\nos.system('clear')",
    "import os\nX = 'ls'\nos.system(X + ' -l')",
    "import os, shlex\ndef f(n): os.system(f'rm {shlex.quote(n)}')",
    "import subprocess\ndef f(n): subprocess.run(['rm', n])",
    "import subprocess\ndef f(n): subprocess.run('ls *.py', shell=True)",
    "import pickle\ndef f(x): return pickle.loads(pickle.dumps(x))",
    "import yaml\ndef f(p): return yaml.load(p, Loader=yaml.SafeLoader)",
    "import yaml\ndef f(p): return yaml.load(p, yaml.CSafeLoader)",
    "from ruamel.yaml import YAML\nyaml = YAML()\nyaml.load(p)",
    "import requests\nrequests.get('https://localhost:8443', verify=False)",
    "import hashlib\ndef f(data): return hashlib.md5(data).hexdigest()",
    "import hashlib\ndef f(password): return hashlib.sha1(password, usedforsecurity=False)",
    "import hashlib\ndef reset_password(mail): return hashlib.md5(mail)",
    "def f(c, n): c.execute('SELECT * FROM t WHERE n = %s', (n,))",
    "def f(c, ids): c.execute(f\"SELECT * FROM t WHERE id IN ({','.join('?' * len(ids))})\", ids)",
    "TABLE = 't'\ndef f(c): c.execute(f'SELECT * FROM {TABLE}')",
    "def f(c, n): c.execute('SELECT * FROM t LIMIT %d' % int(n))",
    "def f(pool, n): pool.execute(f'task {n}')",
    "def f(c, t): c.execute(f'DROP TABLE {c.quote_name(t)}')",
    "from jinja2 import Environment\ne = Environment(autoescape=True)",
    "from django.utils.safestring import mark_safe\ndef f(attrs): return mark_safe(f'<a{flatatt(attrs)}>')",
    "from markupsafe import Markup\ndef f(n): return Markup('<b>%s</b>') % n",
    "import random\ndef roll(): return random.choice('abc')",
    "app.run(debug=True)",
  ])("%j is silent", (text) => {
    expect(problems(`${text}\n`)).toEqual([]);
  });

  test("name tables in migrations", () => {
    const text = "def f(c, t): c.execute(f'ALTER TABLE {t} ADD x int')\n";
    expect(problems(text)).toEqual(["warning sql-injection"]);
    expect(problems(text, "app/migrations/0001.py")).toEqual([]);
  });

  test("are silent in tests", () => {
    const text = "import os\ndef f(n): os.system(f'rm {n}')\n";
    expect(problems(text, "tests/test_a.py")).toEqual([]);
  });
});

describe("habits", () => {
  test.each([
    ["try:\n    f()\nexcept:\n    pass\n", ["info structure/python-swallowed-exception"]],
    ["try:\n    f()\nexcept Exception:\n    pass\n", ["info structure/python-swallowed-exception"]],
    ["try:\n    f()\nexcept:\n    pass  # best effort\n", []],
    ["try:\n    f()\nexcept KeyError:\n    pass\n", []],
    ["def f(a=[]):\n    a.append(1)\n", ["warning structure/python-mutable-default"]],
    ["def f(a={}):\n    return a\n", ["info structure/python-mutable-default"]],
    ["def f(a=[]):\n    return len(a)\n", []],
    ["def f(_cache={}):\n    _cache[1] = 2\n", []],
  ])("%j", (text, expected) => {
    expect(analyze(text).findings.map((found) => `${found.severity} ${found.ruleId}`)).toEqual(expected);
  });
});

describe("any text", () => {
  test("is survived and gives valid facts", () => {
    const word = fc.constantFrom(
      "def f(",
      "eval(",
      "import ",
      "from .",
      "class",
      "\n",
      "    ",
      ":",
      "f'{",
      "'''",
      "[",
      ")",
      "x",
      "=",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 60 }), (parts) => {
        const facts = analyze(parts.join(" "));
        for (const found of facts.findings) findingSchema.parse(found);
        expect(facts.duplicateTokens?.hashes.length).toBe(facts.duplicateTokens?.lines.length);
      }),
      { numRuns: 200 },
    );
  });

  test("says where it is not Python", () => {
    expect(analyze("def f():\n    return 1\n").parseProblem).toBeUndefined();
    expect(analyze("x = 20.\ndef g():\n    yield\n").parseProblem).toBeUndefined();
    expect(analyze("x = 1\nnot python at all {{\n").parseProblem).toContain("line 2");
  });

  test.each([
    "with a() as (b, c):\n    pass",
    "with a() as self.b, c as d:\n    pass",
    "with (\n    a(b(1), '-'.c()) as b,  # why\n    c as d,\n):\n    pass",
    "try:\n    pass\nexcept asyncio.CancelledError:\n    pass",
    "try:\n    pass\nexcept A, b.B, C:\n    pass",
    "match x:\n    case int() | []:\n        pass\n    case K(y=1):\n        pass",
    "x = [20., 1.5, 3.e2, -4.]",
    "x = y.z\nfor i in 1, 2.:\n    pass",
  ])("knows that %j is Python", (text) => {
    const facts = analyze(`def f():\n${text.replaceAll(/^/gm, "    ")}\n`);
    expect(facts.parseProblem).toBeUndefined();
    expect(facts.functions).toMatchObject([{ lines: text.split("\n").length + 1 }]);
  });

  test.each([
    "with (".repeat(20_000),
    "with (\n".repeat(15_000),
    `x = 1 as ${"a.".repeat(50_000)}`,
    `except ${"A, ".repeat(30_000)}`,
    `case ${"()".repeat(50_000)}`,
    "1.".repeat(50_000),
  ])("takes linear time: %#", (text) => {
    const start = process.cpuUsage();
    analyze(text);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(3_000);
  });

  test("may nest deeply", () => {
    expect(analyze(`x = ${"(".repeat(20_000)}1${")".repeat(20_000)}\n`).lines).toBe(1);
  });
});
