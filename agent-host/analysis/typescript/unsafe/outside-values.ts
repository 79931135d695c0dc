import type * as ts from "typescript-parser";

const outsideText = [
  // Express, Fastify, Koa, Hono, Next
  /^(?:this\.)?(?:req|request)\.(?:params|query|body|headers|cookies|files?\.(?:originalname|name|filename)|url|originalUrl|param|get|header|nextUrl)\b/,
  /^(?:ctx|context|c)\.(?:query|params|querystring|request\.(?:body|query|params|headers|url)|req\.(?:query|param|queries|header|body|url))\b/,
  // Serverless
  /^event\.(?:queryStringParameters|pathParameters|multiValueQueryStringParameters|body|headers|rawQueryString)\b/,
  // Browser
  /^(?:window\.|document\.|self\.|globalThis\.)?location\.(?:search|hash|href|pathname)\b/,
  /^document\.(?:cookie|referrer|URL|documentURI)\b/,
  /\b(?:searchParams|urlParams|queryParams|URLSearchParams\([^)]*\))\.get(?:All)?\(/,
];

/** Files without any of these words have no value from outside. */
export const outsideWord =
  /\b(?:req|request|ctx|context|c|event|location|searchParams|urlParams|queryParams|document)\.|URLSearchParams|@(?:Query|Param|Body|Headers|UploadedFile)\(/;

/** The usual ways in which text from outside arrives. */
export function isOutside(node: ts.Node, source: ts.SourceFile): boolean {
  if (node.end - node.pos > 300) return false;
  const text = source.text.slice(node.pos, node.end).trim();
  return outsideText.some((pattern) => pattern.test(text));
}
