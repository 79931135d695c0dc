/** Everything a page of a webview needs to know when it loads. */
export interface WebviewPage {
  /** Of the page's one element; its script looks for it. */
  readonly id: string;
  /** Source of the webview's own files, for the policy. */
  readonly cspSource: string;
  /** Fresh for each page. */
  readonly nonce: string;
  readonly scriptUri: string;
  readonly styleUris: readonly string[];
  /** Display language, as a BCP 47 tag. */
  readonly locale: string;
  readonly title: string;
  readonly words: Readonly<Record<string, string>>;
  /** What an earlier page asked to keep; "" if nothing. */
  readonly kept: string;
}

/**
 * The page: one script with the nonce, own styles and fonts, nothing else. No inline script or style, no image,
 * no connection.
 */
export function webviewPageHtml(page: WebviewPage): string {
  const policy = [
    "default-src 'none'",
    `style-src ${page.cspSource}`,
    `font-src ${page.cspSource}`,
    `script-src 'nonce-${page.nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const styles = page.styleUris.map((uri) => `<link rel="stylesheet" href="${escaped(uri)}">`).join("\n  ");
  return `<!DOCTYPE html>
<html lang="${escaped(page.locale)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escaped(page.title)}</title>
  ${styles}
</head>
<body>
  <main id="${escaped(page.id)}" aria-label="${escaped(page.title)}" data-locale="${escaped(page.locale)}" data-words="${escaped(JSON.stringify(page.words))}" data-kept="${escaped(page.kept)}"></main>
  <script type="module" nonce="${escaped(page.nonce)}" src="${escaped(page.scriptUri)}"></script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
