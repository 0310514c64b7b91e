/**
 * Apache Dubbo for Node: call and serve Java services over the dubbo protocol.
 *
 * @packageDocumentation
 */

export {
  DubboError,
  ErrorCodes,
  type ErrorName,
  RemoteError,
  type RemoteErrorOptions,
  type StackFrame,
  ValueError,
  ValueRangeError,
} from './errors';
export {
  type Client,
  type Implementation,
  JavaInterface,
  type MethodNames,
  type MethodSpec,
  type MethodSpecs,
  javaInterface,
} from './schema';
export { type ClassSpec, type FieldSpec, registerClass, registerEnum, registerException } from './registry';
export { Field, JavaClass, JavaException } from './decorators';
export {
  BigDecimal,
  BigInteger,
  Byte,
  ClassName,
  Double,
  Float,
  Int,
  JavaArray,
  JavaEnum,
  JavaObject,
  Locale,
  Long,
  Short,
  SqlDate,
  SqlTime,
  SqlTimestamp,
  TypedList,
  TypedMap,
  TypedSet,
  Uuid,
} from './types';
export {
  Duration,
  Instant,
  LocalDate,
  LocalDateTime,
  LocalTime,
  MonthDay,
  OffsetDateTime,
  OffsetTime,
  Period,
  Year,
  YearMonth,
  ZoneId,
  ZoneOffset,
  ZonedDateTime,
} from './time';
export { type CallOptions, Reference, type Reply, refer } from './reference';
export type { DynamicInvoke } from './internal/serve';
export { Server, type ShutdownReport, shutdownOnSignals } from './server';
export { RegistryServer, type RegistryServerOptions } from './registry_server';
export { Callback, CallbackClient, callback } from './callback';
export { type Attachments, RpcContext, attach, context } from './context';
export { type LogLevel, type LogRecord, onLog } from './log';
export type { MethodOptions, ReferenceOptions, ServerOptions, ServiceOptions, Setting } from './options';
export type { DecodeOptions } from './internal/decode';
export { type Profile, decode, decodeAll, encode, encodeAll } from './codec';
