'use strict';

// Our own Node package, as a user has it: a reference, and the codec alone.

const fs = require('node:fs');
const path = require('node:path');
const { decode, javaInterface, refer } = require('../../../bindings-node');
const meter = require('./meter');

const BenchService = javaInterface('io.polydubbo.bench.BenchService', {
  echo: { params: ['java.lang.String'], returns: 'java.lang.String' },
});

async function run(options) {
  const service = await refer(BenchService, { url: `dubbo://${options.target}`, timeout: 10_000 });
  const text = meter.text(options.payload);
  const call = async () => (await service.call.echo(text)).length === text.length;
  console.log(JSON.stringify(await meter.closed(call, options)));
  await service.close();
}

function codec(seconds) {
  const bytes = fs.readFileSync(path.join(__dirname, '../../micro/src/user.hessian'));
  console.log(JSON.stringify({ extra: { decode_ns: meter.best(() => decode(bytes), seconds) } }));
}

if (process.argv[2] === 'codec') codec(Number(process.argv[3]));
else run(meter.options());
