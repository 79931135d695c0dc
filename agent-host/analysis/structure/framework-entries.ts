import type { Packages } from "./packages.ts";

interface Convention {
  /** Any of these dependencies makes the convention hold. */
  readonly dependencies: readonly string[];
  /** Tested against the path from the root. */
  readonly pattern: RegExp;
}

const code = "\\.[mc]?[jt]sx?$";

// What a framework loads by the place of a file alone.
const conventions: readonly Convention[] = [
  {
    dependencies: ["next"],
    pattern: new RegExp(
      `(?:^|/)(?:pages/.*|app/(?:.*/)?(?:page|layout|template|loading|error|global-error|not-found|forbidden|unauthorized|default|route|middleware|icon\\d*|apple-icon\\d*|opengraph-image\\d*|twitter-image\\d*|sitemap|robots|manifest)|middleware|proxy|instrumentation(?:-client)?|mdx-components)${code}`,
    ),
  },
  {
    dependencies: ["@remix-run/react", "@remix-run/node", "@react-router/dev", "react-router"],
    pattern: new RegExp(`(?:^|/)app/(?:root|entry\\.\\w+|routes|routes/.*)${code}`),
  },
  {
    dependencies: ["nuxt", "nuxt3"],
    pattern: new RegExp(
      `(?:^|/)(?:pages|layouts|middleware|plugins|composables|utils|server|stores|components|modules|app)/.*${code}`,
    ),
  },
  {
    dependencies: ["astro"],
    pattern: new RegExp(
      `(?:^|/)src/(?:pages/.*|content/.*|middleware|actions/index|content\\.config)${code}`,
    ),
  },
  {
    dependencies: ["@sveltejs/kit"],
    pattern: new RegExp(
      `(?:^|/)(?:routes/(?:.*/)?\\+[\\w.@-]+|hooks(?:\\.\\w+)?|params/[^/]+|service-worker)${code}`,
    ),
  },
  {
    dependencies: ["gatsby"],
    pattern: new RegExp(`(?:^|/)(?:src/(?:pages|templates|api)/.*|gatsby-[\\w-]+)${code}`),
  },
  { dependencies: ["expo-router", "expo"], pattern: new RegExp(`(?:^|/)app/.*${code}`) },
  {
    dependencies: ["@tanstack/react-router", "@tanstack/react-start", "@solidjs/start"],
    pattern: new RegExp(
      `(?:^|/)(?:src|app)/(?:routes/.*|router|client|ssr|(?:.*/)?(?:[^/]*\\$[^/]*|__root|_[^/]*|index))${code}`,
    ),
  },
  {
    dependencies: ["@angular/core", "@nestjs/core"],
    pattern:
      /\.(?:module|component|directive|pipe|guard|resolver|controller|service|gateway|processor|entity)\.ts$/,
  },
  {
    dependencies: ["typeorm", "sequelize", "sequelize-typescript", "@mikro-orm/core", "knex"],
    pattern: new RegExp(`(?:^|/)(?:entit(?:y|ies)|models|subscribers?|migrations?|seeds?)/.*${code}`),
  },
  {
    dependencies: ["mailing", "mailing-core", "react-email", "@react-email/components"],
    pattern: new RegExp(`(?:^|/)emails/.*${code}`),
  },
  { dependencies: ["@storybook/react", "storybook"], pattern: /\.stories\.[mc]?[jt]sx?$/ },
  {
    dependencies: ["@docusaurus/core", "vitepress", "vuepress", "nextra"],
    pattern: new RegExp(`(?:^|/)(?:src/(?:pages|theme)/.*|\\.vitepress/.*|sidebars)${code}`),
  },
  { dependencies: ["@redwoodjs/core", "blitz"], pattern: new RegExp(`(?:^|/)(?:api|web)/src/.*${code}`) },
  {
    dependencies: ["@adonisjs/core"],
    pattern: new RegExp(`(?:^|/)(?:app|start|config|commands|providers)/.*${code}`),
  },
  { dependencies: ["ember-source", "ember-cli"], pattern: new RegExp(`(?:^|/)(?:app|addon)/.*${code}`) },
  {
    dependencies: ["probot", "serverless", "@netlify/functions", "@vercel/node", "firebase-functions"],
    pattern: new RegExp(`(?:^|/)(?:api|functions|netlify/functions|handlers|lambdas?)/.*${code}`),
  },
  { dependencies: ["oclif", "@oclif/core"], pattern: new RegExp(`(?:^|/)src/(?:commands|hooks)/.*${code}`) },
  {
    dependencies: ["@wdio/cli", "cypress", "@playwright/test"],
    pattern: new RegExp(`(?:^|/)(?:cypress|e2e|pageobjects|pages)/.*${code}`),
  },
  {
    dependencies: ["plop", "hygen", "yeoman-generator"],
    pattern: new RegExp(`(?:^|/)(?:generators?|templates)/.*${code}`),
  },
  { dependencies: ["@strapi/strapi"], pattern: new RegExp(`(?:^|/)(?:src|config|database)/.*${code}`) },
  {
    dependencies: [
      "sails",
      "feathers",
      "@feathersjs/feathers",
      "moleculer",
      "fastify-autoload",
      "@fastify/autoload",
    ],
    pattern: new RegExp(`(?:^|/)(?:api|config|services|routes|plugins|hooks)/.*${code}`),
  },
];

/** A test for files that a framework in use loads by their place. */
export function frameworkEntries(packages: Packages): (path: string) => boolean {
  const active = conventions
    .filter(({ dependencies }) => dependencies.some((name) => packages.usesAnywhere(name)))
    .map(({ pattern }) => pattern);
  return (path) => active.some((pattern) => pattern.test(path));
}
