//! The names of URL parameters, spelt as Dubbo spells them.
//!
//! Each line gives unit, default and whether a method may set its own value (`method.key`).

/// Keys whose values are form-encoded before they enter a URL and decoded by their reader.
pub const ESCAPED: &[&str] = &[MOCK, "document", "prompt"];

// Identity and matching.

/// Fully qualified interface; absent means the path.
pub const INTERFACE: &str = "interface";
/// Group of the service.
pub const GROUP: &str = "group";
/// Version of the service.
pub const VERSION: &str = "version";
/// Third part of the identity, hardly used.
pub const CLASSIFIER: &str = "classifier";
/// Comma list of method names; `*` is any.
pub const METHODS: &str = "methods";
/// Path of the provider URL, when it is not the interface.
pub const PATH: &str = "path";
/// Version of the jar that holds the interface; informative.
pub const REVISION: &str = "revision";
/// `provider` or `consumer`.
pub const SIDE: &str = "side";
/// Application name.
pub const APPLICATION: &str = "application";
/// The provider's application, in a merged URL.
pub const REMOTE_APPLICATION: &str = "remote.application";
/// `providers` (default), `consumers`, `routers`, `configurators`.
pub const CATEGORY: &str = "category";
/// Comma list of protocols a consumer accepts.
pub const PROTOCOL: &str = "protocol";
/// Protocol a 3.x provider wants consumers to use.
pub const PREFERRED_PROTOCOL: &str = "preferred.protocol";
/// Further protocols served on the same port (3.x).
pub const EXT_PROTOCOL: &str = "ext.protocol";
/// Marks duplicates of rules for old consumers, which are dropped.
pub const COMPATIBLE_CONFIG: &str = "compatible_config";

// Life and visibility.

/// False: the node survives its process; default true.
pub const DYNAMIC: &str = "dynamic";
/// False: invisible to normal consumers; default true.
pub const ENABLED: &str = "enabled";
/// Skip this provider; default false.
pub const DISABLED: &str = "disabled";
/// Fail at start; default true.
pub const CHECK: &str = "check";
/// Publish; default true.
pub const REGISTER: &str = "register";
/// Look up; default true.
pub const SUBSCRIBE: &str = "subscribe";
/// Bound to all addresses.
pub const ANYHOST: &str = "anyhost";
/// Generic service or reference.
pub const GENERIC: &str = "generic";
/// Consumers log an error once.
pub const DEPRECATED: &str = "deprecated";
/// Protocol version, `2.0.2`.
pub const DUBBO: &str = "dubbo";
/// Framework version; informative.
pub const RELEASE: &str = "release";
/// Start of the process, ms since 1970; basis of warm-up.
pub const TIMESTAMP: &str = "timestamp";
/// Process id.
pub const PID: &str = "pid";
/// Secret that a call must carry.
pub const TOKEN: &str = "token";
/// Serializations offered, best first (3.x).
pub const PREFER_SERIALIZATION: &str = "prefer.serialization";
/// Serialization of the protocol; default `hessian2`.
pub const SERIALIZATION: &str = "serialization";

// Registry addresses.

/// Comma list of further hosts.
pub const BACKUP: &str = "backup";
/// Publish a short provider URL; default false.
pub const SIMPLIFIED: &str = "simplified";
/// Further keys kept by `simplified`.
pub const EXTRA_KEYS: &str = "extra-keys";
/// Session timeout in ms; default 60000 (3.x).
pub const SESSION: &str = "session";
/// Session timeout in ms (2.7).
pub const ZK_SESSION_EXPIRE: &str = "zk.session.expire";
/// Pause between retries in ms; default 5000.
pub const RETRY_PERIOD: &str = "retry.period";
/// Path of the cache file.
pub const FILE: &str = "file";
/// False: no cache file (3.x).
pub const FILE_CACHE: &str = "file-cache";
/// False: no cache file (2.7).
pub const FILE_CACHE_27: &str = "file.cache";
/// Write the cache file in the notifying task.
pub const SAVE_FILE: &str = "save.file";
/// Comma list of provider protocols to register.
pub const ACCEPTS: &str = "accepts";
/// Keep the last addresses when the registry lists none; default false.
pub const EMPTY_PROTECTION: &str = "enable-empty-protection";
/// Zone of a registry.
pub const ZONE: &str = "zone";
/// This registry first.
pub const PREFERRED: &str = "preferred";
/// The same as 2.7.23 writes it.
pub const REGISTRY_PREFERRED: &str = "registry.preferred";

// Calls.

/// Ms per attempt; default 1000; method-capable.
pub const TIMEOUT: &str = "timeout";
/// Further attempts; default 2; method-capable.
pub const RETRIES: &str = "retries";
/// Strategy; default `failover`.
pub const CLUSTER: &str = "cluster";
/// Balancer; default `random`; method-capable.
pub const LOADBALANCE: &str = "loadbalance";
/// Stay with one provider; default false; method-capable.
pub const STICKY: &str = "sticky";
/// Skip providers without a connection; default true; on the registry or direct URL.
pub const AVAILABLE_CHECK: &str = "cluster.availablecheck";
/// Share of the calls; default 100; method-capable.
pub const WEIGHT: &str = "weight";
/// Ms until the full weight; default 600000.
pub const WARMUP: &str = "warmup";
/// `linear` (default) or `quadratic`; ours.
pub const WARMUP_CURVE: &str = "warmup.curve";
/// Parallel attempts of `forking`; default 2.
pub const FORKS: &str = "forks";
/// Queued retries of `failback`; default 100.
pub const FAILBACK_TASKS: &str = "failbacktasks";
/// Default 100.
pub const BROADCAST_FAIL_PERCENT: &str = "broadcast.fail.percent";
/// Virtual nodes; default 160; method-capable.
pub const HASH_NODES: &str = "hash.nodes";
/// Indexes of the hashed arguments; default `0`; method-capable.
pub const HASH_ARGUMENTS: &str = "hash.arguments";
/// Merges results of several groups; method-capable.
pub const MERGER: &str = "merger";
/// Answer without a provider; method-capable.
pub const MOCK: &str = "mock";
/// Local wrapper.
pub const STUB: &str = "stub";
/// Old name of `stub`.
pub const LOCAL: &str = "local";
/// Names of the routers.
pub const ROUTER: &str = "router";
/// Tag of the provider or call.
pub const TAG: &str = "dubbo.tag";
/// No fallback to untagged providers.
pub const FORCE_TAG: &str = "dubbo.force.tag";
/// Consumer filters.
pub const REFERENCE_FILTER: &str = "reference.filter";
/// Provider filters.
pub const SERVICE_FILTER: &str = "service.filter";
/// Consumer listeners.
pub const INVOKER_LISTENER: &str = "invoker.listener";
/// Provider listeners.
pub const EXPORTER_LISTENER: &str = "exporter.listener";
/// Concurrent calls of a consumer; 0 is no limit; method-capable.
pub const ACTIVES: &str = "actives";
/// Concurrent calls of a provider; 0 is no limit; method-capable.
pub const EXECUTES: &str = "executes";
/// Calls per interval; -1 is no limit.
pub const TPS: &str = "tps";
/// Ms; default 60000.
pub const TPS_INTERVAL: &str = "tps.interval";
/// `true` or a path.
pub const ACCESS_LOG: &str = "accesslog";
/// Result cache; method-capable.
pub const CACHE: &str = "cache";
/// Argument validation; method-capable.
pub const VALIDATION: &str = "validation";
/// Authentication; default false.
pub const AUTH: &str = "auth";
/// Default false; method-capable.
pub const ASYNC: &str = "async";
/// False: one-way; method-capable.
pub const RETURN: &str = "return";
/// One-way waits for the socket write; method-capable.
pub const SENT: &str = "sent";
/// Pass the remaining time on.
pub const ENABLE_TIMEOUT_COUNTDOWN: &str = "enable-timeout-countdown";
/// `none`, `local`, `remote`.
pub const SCOPE: &str = "scope";
/// In-process or never in-process.
pub const INJVM: &str = "injvm";
/// Live callback instances per interface and connection; default 1.
pub const CALLBACKS: &str = "callbacks";

// Connections and threads.

/// Connections per reference; 0 shares.
pub const CONNECTIONS: &str = "connections";
/// Shared connections per address; default 1.
pub const SHARE_CONNECTIONS: &str = "shareconnections";
/// Connect at the first call; default false.
pub const LAZY: &str = "lazy";
/// Reconnect by itself; default true.
pub const RECONNECT: &str = "reconnect";
/// Ms; default 3000.
pub const CONNECT_TIMEOUT: &str = "connect.timeout";
/// Ms; default 60000.
pub const HEARTBEAT: &str = "heartbeat";
/// Ms; default three heartbeats.
pub const HEARTBEAT_TIMEOUT: &str = "heartbeat.timeout";
/// Largest body in bytes; default 8388608.
pub const PAYLOAD: &str = "payload";
/// Connections a server accepts; 0 is no limit.
pub const ACCEPTS_CONNECTIONS: &str = "accepts";
/// `fixed`, `cached`, `limited`, `eager`.
pub const THREADPOOL: &str = "threadpool";
/// Size of the pool; default 200.
pub const THREADS: &str = "threads";
/// Kept threads.
pub const CORE_THREADS: &str = "corethreads";
/// Length of the queue; default 0.
pub const QUEUES: &str = "queues";
/// Ms an idle thread lives.
pub const ALIVE: &str = "alive";
/// Prefix of thread names.
pub const THREAD_NAME: &str = "threadname";
/// `all`, `direct`, `message`, `execution`, `connection`.
pub const DISPATCHER: &str = "dispatcher";
/// Where to listen; never published.
pub const BIND_IP: &str = "bind.ip";
/// Where to listen; never published.
pub const BIND_PORT: &str = "bind.port";
/// Nested URL; never published.
pub const MONITOR: &str = "monitor";

// Values of `category`.

/// Addresses.
pub const PROVIDERS: &str = "providers";
/// Who calls; informative.
pub const CONSUMERS: &str = "consumers";
/// Routing rules.
pub const ROUTERS: &str = "routers";
/// Overrides.
pub const CONFIGURATORS: &str = "configurators";
