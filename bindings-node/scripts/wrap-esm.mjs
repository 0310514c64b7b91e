// Writes the ESM face of the package: it re-exports the CommonJS objects, so that every class exists once however the
// package is imported.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const dist = new URL('../dist/', import.meta.url);
const names = Object.keys(require(new URL('index.js', dist).pathname)).filter((name) => name !== '__esModule').sort();
const lines = ["import cjs from './index.js';", `export const {\n  ${names.join(',\n  ')},\n} = cjs;`, 'export default cjs;'];
writeFileSync(new URL('index.mjs', dist), `${lines.join('\n')}\n`);
writeFileSync(new URL('index.d.mts', dist), "export * from './index.js';\nimport * as all from './index.js';\nexport default all;\n");
