// Reads style sheets and scripts as the oldest browsers that we promise would: Chromium 80 and iOS 12. Prints one line for each
// thing in them that those do not know: "file: what". The test of package web runs it over what is served.
//
//   node old-browsers.mjs FILE...
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { transformSync } from 'esbuild';
import postcss from 'postcss';
import doiuse from 'doiuse';

const target = ['chrome80', 'ios12'];
const browsers = ['chrome 80', 'ios_saf 12.0-12.1'];

// What neither the build tool rewrites nor the tables of caniuse name: known in one or both of the two only later.
const later = {
  css: [
    /\bcolor-mix\(/, /\b(min|clamp|round|mod|rem)\((?!max)/, /:(is|where|host-context)\(/, /\baspect-ratio\s*:/, /\btext-wrap\s*:/,
    /[;{]\s*(margin|padding|border|inset)-(inline|block)\b/, /[;{]\s*inset\s*:/, /overflow-wrap\s*:\s*anywhere/, /overflow(-[xy])?\s*:\s*clip/,
    /\d(lh|rlh|cqw|cqh|cqi|[dsl]v[hw])\b/, /[;{]\s*(scale|rotate|translate)\s*:/, /@(property|starting-style|scope|view-transition)\b/, /::file-selector-button/,
    /\(prefers-contrast/, /light-dark\(/, /\binert\b/, /field-sizing\s*:/
  ],
  js: [
    /\.(at|replaceAll|matchAll|flat|flatMap|replaceChildren|toSorted|toReversed|findLast|requestSubmit|showModal|showPopover|randomUUID)\(/,
    /\b(structuredClone|globalThis|queueMicrotask|ResizeObserver|BroadcastChannel|OffscreenCanvas|createImageBitmap)\b/,
    /\b(allSettled|fromEntries|AbortSignal\.timeout|Promise\.any|Object\.hasOwn|navigator\.clipboard)\b/
  ]
};

// Only better where it is known, and nothing lost where it is not. The last is govuk-frontend's card of summaries, which we do not use.
const polish = [/^css3-cursors: cursor:not-allowed/, /^pointer: touch-action:manipulation/, /^css-resize: /, /^css-paged-media: /, /^flexbox-gap: \.govuk-summary-card__actions/];

// Syntax: whatever a build tool would have to write in another way for these browsers. Both runs print the file anew, so that
// only the rewriting can differ.
function syntax(code, loader) {
  const print = to => transformSync(code, { loader, target: to, logLevel: 'silent', charset: 'utf8', legalComments: 'none' });
  const now = print('esnext').code.split('\n');
  let old;
  try { old = print(target); } catch (e) { return e.errors.map(x => x.text); }
  return old.warnings.map(w => w.text).concat(old.code.split('\n').filter(l => !now.includes(l)).map(l => 'must be rewritten as ' + l.trim()));
}

// Features of CSS that one of the two does not have at all. What stands in a query with @supports is asked for first.
function features(css) {
  const found = [];
  const note = u => u.featureData.missing && found.push(u.feature + ': ' + u.usage.toString().replace(/\s+/g, ' ').slice(0, 100));
  postcss([doiuse({ browsers, onFeatureUsage: note })]).process(css, { from: undefined }).sync();
  return found;
}

function newer(code, kind) {
  if (kind === 'css') code = code.replace(/\/\*[^]*?\*\//g, '').replace(/@supports[^{]*\{/g, '@supports {');
  else code = code.replace(/\/\/ .*/g, '').replace(/\/\*[^]*?\*\//g, '');
  // What a script asks for first it does without where it is not known.
  if (kind === 'js') for (const [, name] of code.matchAll(/!window\.(\w+)/g)) code = code.replace(new RegExp('\\b' + name + '\\b', 'g'), '');
  return later[kind].flatMap(re => { const m = re.exec(code); return m ? ['known only later: ' + code.slice(Math.max(0, m.index - 30), m.index + 50).replace(/\s+/g, ' ')] : []; });
}

for (const file of process.argv.slice(2)) {
  const code = readFileSync(file, 'utf8'), kind = file.endsWith('.css') ? 'css' : 'js';
  const said = syntax(code, kind).concat(kind === 'css' ? features(code) : [], newer(code, kind));
  for (const what of new Set(said)) if (!polish.some(p => p.test(what))) console.log(basename(file) + ': ' + what);
}
