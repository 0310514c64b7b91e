import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DubboError, RegistryServer, Server, refer } from 'polydubbo';

import { Greeter, GreeterService } from './support.js';

test('those who name the registry find each other', async () => {
  const registry = await RegistryServer.listen({ port: 0 });
  assert.equal(registry.url, `dubbo://127.0.0.1:${registry.port}`);
  const server = new Server({ host: '127.0.0.1', port: 0, registry: registry.url, shutdownNotice: 0 });
  await server.export(Greeter, new GreeterService());
  await server.start();
  const greeter = await refer(Greeter, { registry: registry.url });
  assert.equal(await greeter.call.sayHello('you'), 'Hello you');
  await greeter.close();
  await server.close();
  await registry.close();
  await registry.close();
});

test('bad addresses are refused', async () => {
  const fails = (code: string) => (error: unknown) => error instanceof DubboError && error.code === code;
  await assert.rejects(RegistryServer.listen({ host: 'localhost', port: 0 }), fails('InvalidArgument'));
  await assert.rejects(RegistryServer.listen({ port: 65536 }), fails('InvalidArgument'));
  const registry = await RegistryServer.listen({ port: 0 });
  await assert.rejects(RegistryServer.listen({ port: registry.port }), fails('Network'));
  await registry.close();
  await (await RegistryServer.listen({ port: registry.port })).close();
});
