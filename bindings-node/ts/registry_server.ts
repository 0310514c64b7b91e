/** The registry that comes with the package: nothing to install, nothing to start. */

import { hold, release, request } from './internal/loop';
import { type Bridge, type NativeRegistryServer, native } from './internal/native';

/** Where a {@link RegistryServer} listens. */
export interface RegistryServerOptions {
  /**
   * IP address. The default, `127.0.0.1`, cannot be reached from other machines; `0.0.0.0` can, by everybody: there is no
   * access control.
   */
  readonly host?: string;
  /** Port; 0 takes a free one. Default: 9090. */
  readonly port?: number;
}

/**
 * Dubbo's simple registry, kept in memory and served by this process, for references and servers of PolyDubbo in all
 * languages and of Dubbo 2.7 (Dubbo 3 has no client for it).
 *
 * ```ts
 * const registry = await RegistryServer.listen({ port: 9090 });
 * const server = new Server({ registry: registry.url });
 * ```
 *
 * A client's entries end with its connection. When the registry restarts, clients publish again; while it is away they go
 * on with the providers that they know. A registry keeps the process alive until {@link RegistryServer.close}.
 */
export class RegistryServer {
  readonly #bridge: Bridge;
  readonly #native: NativeRegistryServer;
  #closing: Promise<void> | undefined;

  private constructor(bridge: Bridge, started: NativeRegistryServer) {
    this.#bridge = bridge;
    this.#native = started;
    hold(bridge);
  }

  /** Starts a registry. Rejects with `InvalidArgument` or `Network` when the address cannot be listened on. */
  static async listen(options: RegistryServerOptions = {}): Promise<RegistryServer> {
    const bridge = native();
    return new RegistryServer(bridge, bridge.startRegistry(options.host ?? '127.0.0.1', options.port ?? 9090));
  }

  /** The port in use. */
  get port(): number {
    return this.#native.port;
  }

  /** The setting `registry` of references and servers on this machine: `dubbo://host:port`. */
  get url(): string {
    return this.#native.url;
  }

  /** Stops listening and disconnects all clients; takes a second at most. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await request<void>(this.#bridge, (token) => this.#bridge.closeRegistry(this.#native, token));
    release(this.#bridge);
  }
}
