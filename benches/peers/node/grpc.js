'use strict';

// grpc-js with messages that are plain bytes: no Protobuf, so that only the transport is compared.

const grpc = require('@grpc/grpc-js');
const meter = require('./meter');

const same = (bytes) => bytes;
const definition = {
  Echo: {
    path: '/bench.Echo/Echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
};

function serve() {
  const server = new grpc.Server();
  server.addService(definition, { Echo: (call, answer) => answer(null, call.request) });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(`READY port=${port}`);
  });
}

async function run(options) {
  const Client = grpc.makeGenericClientConstructor(definition, 'bench.Echo');
  const client = new Client(options.target, grpc.credentials.createInsecure());
  const payload = Buffer.from(meter.text(options.payload));
  const call = () =>
    new Promise((resolve) => {
      client.Echo(payload, (error, answer) => resolve(!error && answer.length === payload.length));
    });
  console.log(JSON.stringify(await meter.closed(call, options)));
  client.close();
}

const options = meter.options();
if (options.role === 'serve') serve();
else run(options);
