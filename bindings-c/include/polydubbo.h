/* The C library of PolyDubbo: calls and serves Apache Dubbo services.
 *
 * Made by `cargo xtask header`: edit the sources in bindings-c/src instead.
 *
 * Ownership. The comment of every pointer parameter says who owns what:
 *   borrowed  valid during the call; the library copies what it keeps
 *   owned     the program releases it by the function that is named, exactly once; releasing NULL is a no-op
 *   consumed  the library takes it, also when the function fails
 *   view      points into an owned object and dies with it
 *   retained  the library keeps the pointer until it calls the given destroy function
 *
 * Errors. Functions that return uint32_t give 0 or the number of an error, DUBBO_ERR_*. Their last parameter, err, may be
 * NULL; otherwise *err is set to NULL, and on failure to an owned error, which dubbo_error_free releases. Results are
 * written only on success; pointers are set to NULL first. There is no error that is kept for a thread.
 *
 * Threads. Each type says whether it is free-threaded: usable by any number of threads at once. The others may move between
 * threads, but only one may use them at a time. Releasing a free-threaded object drops one reference: what is in flight
 * keeps its own.
 *
 * Functions of the program, given to the library, run on a few threads of its own (dubbo_callback_threads), never on those
 * that carry connections. They must not leave by longjmp or a C++ exception. A program that wants no such threads uses
 * queues instead (dubbo_queue_new). */

#ifndef POLYDUBBO_H
#define POLYDUBBO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/** The version of the binary interface that this header belongs to, for dubbo_check_abi. */
#define DUBBO_ABI_VERSION (((uint32_t)DUBBO_ABI_MAJOR << 16) | (uint32_t)DUBBO_ABI_MINOR)

/** A Java value. May move between threads, and must not be used by two at once. Functions that take a value from its owner
 * say "consumed"; a child that they show is a view, which dies when its parent is changed or released. */
typedef struct dubbo_value dubbo_value;

/** The attachments of a call or a response: a view that dies with it. */
typedef struct dubbo_attachments dubbo_attachments;


/**
 * Major version of the binary interface; before 1.0 it counts the minor versions of the package. Also in the soname.
 */
#define DUBBO_ABI_MAJOR 1

/**
 * Minor version of the binary interface: it grows with every function.
 */
#define DUBBO_ABI_MINOR 0

/**
 * RpcException code 0: an unexpected cause.
 */
#define DUBBO_ERR_UNKNOWN 1

/**
 * RpcException code 1: send, connect and connection failures, and most remote error statuses.
 */
#define DUBBO_ERR_NETWORK 2

/**
 * RpcException code 2: no answer within the timeout.
 */
#define DUBBO_ERR_TIMEOUT 3

/**
 * RpcException code 3: a business failure that must not be retried.
 */
#define DUBBO_ERR_BIZ 4

/**
 * RpcException code 4: the registry lists no provider that this consumer may use.
 */
#define DUBBO_ERR_FORBIDDEN 5

/**
 * RpcException code 5: arguments or results could not be serialized.
 */
#define DUBBO_ERR_SERIALIZATION 6

/**
 * RpcException code 6: no provider is left after routing.
 */
#define DUBBO_ERR_NO_INVOKER_AVAILABLE 7

/**
 * RpcException code 7: a concurrency limit was exceeded.
 */
#define DUBBO_ERR_LIMIT_EXCEEDED 8

/**
 * RpcException code 8: the deadline had passed before the call was sent.
 */
#define DUBBO_ERR_TIMEOUT_TERMINATE 9

/**
 * RpcException code 9 (Dubbo 3): the registry failed.
 */
#define DUBBO_ERR_REGISTRY 10

/**
 * RpcException code 10 (Dubbo 3): the router chain is not ready.
 */
#define DUBBO_ERR_ROUTER_CACHE_NOT_BUILT 11

/**
 * RpcException code 11 (Dubbo 3): the remote side has no such method.
 */
#define DUBBO_ERR_METHOD_NOT_FOUND 12

/**
 * RpcException code 12 (Dubbo 3): an argument failed validation.
 */
#define DUBBO_ERR_VALIDATION 13

/**
 * RpcException code 13 (Dubbo 3): the caller is not authorized.
 */
#define DUBBO_ERR_AUTHORIZATION 14

/**
 * Status 25: the remote side could not serialize.
 */
#define DUBBO_ERR_STATUS_SERIALIZATION 101

/**
 * Status 30: the call timed out before it was written.
 */
#define DUBBO_ERR_STATUS_CLIENT_TIMEOUT 102

/**
 * Status 31: the call timed out after it was written.
 */
#define DUBBO_ERR_STATUS_SERVER_TIMEOUT 103

/**
 * Status 35: the connection closed while the call was pending.
 */
#define DUBBO_ERR_STATUS_CHANNEL_INACTIVE 104

/**
 * Status 40: the request could not be decoded.
 */
#define DUBBO_ERR_STATUS_BAD_REQUEST 105

/**
 * Status 50: the result could not be encoded, or was too large.
 */
#define DUBBO_ERR_STATUS_BAD_RESPONSE 106

/**
 * Status 60: service not found (reserved by Dubbo, never sent by Java).
 */
#define DUBBO_ERR_STATUS_SERVICE_NOT_FOUND 107

/**
 * Status 70: no exporter, or a provider filter refused the call.
 */
#define DUBBO_ERR_STATUS_SERVICE_ERROR 108

/**
 * Status 80: the provider failed to dispatch the call.
 */
#define DUBBO_ERR_STATUS_SERVER_ERROR 109

/**
 * Status 90: the response could not be decoded, or the call was cancelled.
 */
#define DUBBO_ERR_STATUS_CLIENT_ERROR 110

/**
 * Status 100: the provider's worker pool is exhausted.
 */
#define DUBBO_ERR_STATUS_THREAD_POOL_EXHAUSTED 111

/**
 * The remote method threw; see dubbo_error_remote_class.
 */
#define DUBBO_ERR_REMOTE_EXCEPTION 200

/**
 * An argument of a library function is not acceptable.
 */
#define DUBBO_ERR_INVALID_ARGUMENT 300

/**
 * The object has been closed.
 */
#define DUBBO_ERR_CLOSED 301

/**
 * The object was created before a fork and is used in the child.
 */
#define DUBBO_ERR_FORKED 302

/**
 * The feature does not exist here.
 */
#define DUBBO_ERR_UNSUPPORTED 303

/**
 * A configuration value is missing or wrong.
 */
#define DUBBO_ERR_CONFIG 304

/**
 * The service is already exported under this key.
 */
#define DUBBO_ERR_ALREADY_EXPORTED 305

/**
 * Header and library disagree about the binary interface.
 */
#define DUBBO_ERR_ABI_MISMATCH 306

/**
 * Too many calls are in flight from this client.
 */
#define DUBBO_ERR_IN_FLIGHT_LIMIT 307

/**
 * The registry cannot be reached.
 */
#define DUBBO_ERR_REGISTRY_UNAVAILABLE 400

/**
 * The registry refused the credentials.
 */
#define DUBBO_ERR_REGISTRY_AUTH_FAILED 401

/**
 * A registry node could not be read or written.
 */
#define DUBBO_ERR_REGISTRY_NODE 402

/**
 * A fault of this library.
 */
#define DUBBO_ERR_INTERNAL 500

/**
 * A panic was caught at a language boundary.
 */
#define DUBBO_ERR_PANIC 501

/**
 * A callback of the host language failed.
 */
#define DUBBO_ERR_HOST_CALLBACK 502

/**
 * The caller cancelled the call.
 */
#define DUBBO_ERR_CANCELLED 503

/**
 * `null`.
 */
#define DUBBO_TYPE_NULL 0

/**
 * `boolean`.
 */
#define DUBBO_TYPE_BOOL 1

/**
 * `int`, `short` or `byte`.
 */
#define DUBBO_TYPE_I32 2

/**
 * `long`.
 */
#define DUBBO_TYPE_I64 3

/**
 * `double` or `float`.
 */
#define DUBBO_TYPE_F64 4

/**
 * `String`, `char` or `char[]`.
 */
#define DUBBO_TYPE_STR 5

/**
 * `byte[]`.
 */
#define DUBBO_TYPE_BYTES 6

/**
 * `java.util.Date`.
 */
#define DUBBO_TYPE_DATE 7

/**
 * A list, set or array.
 */
#define DUBBO_TYPE_LIST 8

/**
 * A map.
 */
#define DUBBO_TYPE_MAP 9

/**
 * An object, enum constant or exception.
 */
#define DUBBO_TYPE_OBJECT 10

/**
 * A `java.math.BigDecimal` or `java.math.BigInteger`.
 */
#define DUBBO_TYPE_DECIMAL 11

/**
 * The edge of a cycle whose container has been released.
 */
#define DUBBO_TYPE_LOST 12

/**
 * Readable by every Dubbo from 2.6 on.
 */
#define DUBBO_PROFILE_PORTABLE 0

/**
 * As the Hessian library of Dubbo 2.7 to 3.2 writes.
 */
#define DUBBO_PROFILE_HL3 1

/**
 * As the Hessian library of Dubbo 3.3 writes.
 */
#define DUBBO_PROFILE_HL4 2

/**
 * Keys: io.threads, thread.name.
 */
#define DUBBO_OPTIONS_RUNTIME 1

/**
 * Keys: interface, application, registry, url, methods, and every key of a Dubbo reference.
 */
#define DUBBO_OPTIONS_REFERENCE 2

/**
 * Keys: application, host, port, advertise.host, advertise.port, registry, shutdown.wait, shutdown.notice, and every key of
 * a Dubbo protocol or service.
 */
#define DUBBO_OPTIONS_SERVER 3

/**
 * Keys: interface, and every key of a Dubbo service.
 */
#define DUBBO_OPTIONS_SERVICE 4

/**
 * A call has its outcome: `response` or `error`.
 */
#define DUBBO_EVENT_COMPLETED 1

/**
 * A call of a service has arrived: `call`; the token is that of the service.
 */
#define DUBBO_EVENT_CALLED 2

/**
 * A reference that was asked for is there: `reference` or `error`.
 */
#define DUBBO_EVENT_REFERRED 3

/**
 * A server that was asked for listens: `server` or `error`.
 */
#define DUBBO_EVENT_STARTED 4

/**
 * Something without a value is done, or `error`.
 */
#define DUBBO_EVENT_DONE 5

/**
 * A server has stopped: `forced_calls`.
 */
#define DUBBO_EVENT_STOPPED 6

/**
 * Nothing.
 */
#define DUBBO_LOG_OFF 0

/**
 * Errors.
 */
#define DUBBO_LOG_ERROR 1

/**
 * Warnings and errors.
 */
#define DUBBO_LOG_WARN 2

/**
 * Also what happens to connections and registries.
 */
#define DUBBO_LOG_INFO 3

/**
 * Also what helps to find faults.
 */
#define DUBBO_LOG_DEBUG 4

/**
 * Everything.
 */
#define DUBBO_LOG_TRACE 5

/**
 * Bytes or text that the library made and the program owns. May move between threads.
 */
typedef struct dubbo_buf dubbo_buf;

/**
 * A call of a service that waits for its answer, which may come from any thread. May move between threads. What it shows
 * are views that die with it; one of the dubbo_call_reply functions or dubbo_call_free ends it.
 */
typedef struct dubbo_call dubbo_call;

/**
 * An object of this side that may be passed to a provider, which then calls it. Free-threaded. Passing it twice passes the
 * same object.
 */
typedef struct dubbo_callback dubbo_callback;

/**
 * An object of the caller, as a service holds it. It works for as long as the connection does. Free-threaded.
 */
typedef struct dubbo_callback_proxy dubbo_callback_proxy;

/**
 * A Java class: its name and the names of its fields. Free-threaded; make one for each class and keep it.
 */
typedef struct dubbo_class dubbo_class;

/**
 * Why a function failed: a number that is the same in all languages of PolyDubbo, a text, where it happened, and for
 * DUBBO_ERR_REMOTE_EXCEPTION the exception of the other side. May move between threads. What it shows are views that die
 * with it.
 */
typedef struct dubbo_error dubbo_error;

/**
 * A call that is being described: method, arguments, attachments, settings. It may be sent any number of times. May move
 * between threads.
 */
typedef struct dubbo_invocation dubbo_invocation;

/**
 * Settings. Each key and value is checked when it is set. May move between threads; whoever takes them copies them.
 */
typedef struct dubbo_options dubbo_options;

/**
 * A queue of events. Free-threaded: several threads may poll it.
 */
typedef struct dubbo_queue dubbo_queue;

/**
 * A service somewhere else. Free-threaded: any number of threads may call at the same time.
 */
typedef struct dubbo_reference dubbo_reference;

/**
 * Dubbo's simple registry, kept in memory, so that nothing has to be installed. Free-threaded. It serves references and
 * servers of this library in all languages and those of Dubbo 2.7; Dubbo 3 has no client for it.
 */
typedef struct dubbo_registry_server dubbo_registry_server;

/**
 * The result of a call. Nothing is decoded before somebody asks. May move between threads; what it shows are views that
 * die with it.
 */
typedef struct dubbo_response dubbo_response;

/**
 * I/O threads. Free-threaded. Most programs need none of their own: where a runtime is asked for, NULL stands for the
 * shared one of the process.
 */
typedef struct dubbo_runtime dubbo_runtime;

/**
 * A port that offers services. Free-threaded.
 */
typedef struct dubbo_server dubbo_server;

/**
 * A service that is being described, until a server takes it. May move between threads.
 */
typedef struct dubbo_service dubbo_service;

/**
 * Bytes. As a parameter they are borrowed for the call; NULL with length 0 is empty.
 */
typedef struct {
  /**
   * The first byte.
   */
  const uint8_t *data;
  /**
   * Number of bytes.
   */
  size_t len;
} dubbo_bytes;

/**
 * Text in UTF-8, not zero-terminated. As a parameter it is borrowed for the call, and a length of SIZE_MAX stands for
 * the length of a zero-terminated string: dubbo_text makes such a view. NULL with length 0 is the empty text.
 */
typedef struct {
  /**
   * The first octet.
   */
  const char *data;
  /**
   * Number of octets.
   */
  size_t len;
} dubbo_str;

/**
 * Something that happened. The pointers that are not NULL are owned: take them and set them to NULL, or let
 * dubbo_event_clear release them.
 */
typedef struct {
  /**
   * What happened: DUBBO_EVENT_*.
   */
  uint32_t kind;
  /**
   * The number of `error`, 0 without one.
   */
  uint32_t code;
  /**
   * The number that the program gave to the call, the request or the service.
   */
  uint64_t token;
  /**
   * Calls that had no answer when a server stopped.
   */
  uint64_t forced_calls;
  /**
   * Why it failed.
   */
  dubbo_error *error;
  /**
   * The result of a call.
   */
  dubbo_response *response;
  /**
   * A call to be answered.
   */
  dubbo_call *call;
  /**
   * A reference that is ready.
   */
  dubbo_reference *reference;
  /**
   * A server that listens.
   */
  dubbo_server *server;
} dubbo_event;

/**
 * Takes the outcome of a call, exactly once: a response or an error, the other one is NULL. Both are owned. Runs on a
 * thread of the callback pool and should not block.
 */
typedef void (*dubbo_completion_fn)(void *user_data, dubbo_response *response, dubbo_error *error);

/**
 * Releases user data. Runs on a thread of the callback pool, exactly once, after the last use.
 */
typedef void (*dubbo_destroy_fn)(void *user_data);

/**
 * The functions of a service. Later versions may add some behind the last; the library reads only what lies inside `size`.
 */
typedef struct {
  /**
   * sizeof(dubbo_service_vtable)
   */
  size_t size;
  /**
   * Takes a call, which it owns: answers it here, or hands it to another thread that answers later. Runs on a thread of
   * the callback pool and should not block, or all functions of the program may have to wait.
   */
  void (*invoke)(void *user_data, dubbo_call *call);
  /**
   * Releases the user data: exactly once, after the last invoke has returned. May be NULL.
   */
  dubbo_destroy_fn destroy;
} dubbo_service_vtable;

/**
 * Takes a message: its level (DUBBO_LOG_ERROR to _TRACE), the part of the library that wrote it, and the text. The texts
 * are borrowed for the call. Runs on a thread of the callback pool, one message after the other.
 */
typedef void (*dubbo_log_fn)(void *user_data, uint32_t level, dubbo_str target, dubbo_str message);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Gives the version of the binary interface of the loaded library: major << 16 | minor.
 */
uint32_t dubbo_abi_version(void);

/**
 * Checks that the loaded library serves programs that were compiled with a header of this version: the major versions are
 * equal, and the minor version of the library is not older.
 *
 * @param abi_version DUBBO_ABI_VERSION
 */
uint32_t dubbo_check_abi(uint32_t abi_version,
                         dubbo_error **err);

/**
 * Gives the version of the library: a zero-terminated text that is never freed.
 */
const char *dubbo_version_string(void);

/**
 * Shows the content: a view that dies with the buffer.
 *
 * @param buf borrowed; NULL is empty
 */
dubbo_bytes dubbo_buf_view(const dubbo_buf *buf);

/**
 * Releases a buffer.
 *
 * @param buf consumed; NULL is a no-op
 */
void dubbo_buf_free(dubbo_buf *buf);

/**
 * Gives the number of an error: one of DUBBO_ERR_*.
 *
 * @param error borrowed; NULL gives 0
 */
uint32_t dubbo_error_code(const dubbo_error *error);

/**
 * Gives the name of an error, for example "Timeout"; the same in all languages, and never freed.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_name(const dubbo_error *error);

/**
 * Gives the code of Dubbo's RpcException that a Java caller would see: 2 for every kind of timeout, 1 for every failure of
 * the transport.
 *
 * @param error borrowed
 */
int32_t dubbo_error_rpc_code(const dubbo_error *error);

/**
 * Shows the text: cause, remedy where there is one, and place in brackets.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_message(const dubbo_error *error);

/**
 * Counts the details about the place.
 *
 * @param error borrowed
 */
size_t dubbo_error_context_len(const dubbo_error *error);

/**
 * Shows the name of a detail about the place, for example "service".
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_context_key(const dubbo_error *error, size_t index);

/**
 * Shows a detail about the place.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_context_value(const dubbo_error *error, size_t index);

/**
 * Shows the Java class of the exception that the remote method threw; empty for other errors.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_remote_class(const dubbo_error *error);

/**
 * Shows the message of the remote exception. Its data is NULL if the exception has none.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_remote_message(const dubbo_error *error);

/**
 * Shows the stack of the remote exception, a line for each frame as Java prints it.
 *
 * @param error borrowed
 */
dubbo_str dubbo_error_remote_stack(const dubbo_error *error);

/**
 * Shows the remote exception as an object with all its fields.
 *
 * @param error borrowed
 * @return view; NULL if the error is no remote exception, or the cause of one
 */
const dubbo_value *dubbo_error_remote_value(const dubbo_error *error);

/**
 * Shows the cause of the remote exception.
 *
 * @param error borrowed
 * @return view; NULL if there is none
 */
const dubbo_error *dubbo_error_cause(const dubbo_error *error);

/**
 * Releases an error.
 *
 * @param error consumed; NULL is a no-op
 */
void dubbo_error_free(dubbo_error *error);

/**
 * Describes a Java class.
 *
 * @param name borrowed: the binary name, for example "com.acme.Order$Line"
 * @param fields borrowed: the names of all fields, those of superclasses last, as Java writes them
 * @param out owned: released by dubbo_class_free
 */
uint32_t dubbo_class_new(dubbo_str name,
                         const dubbo_str *fields,
                         size_t field_count,
                         dubbo_class **out,
                         dubbo_error **err);

/**
 * Releases a class; objects made of it live on.
 *
 * @param class_ consumed; NULL is a no-op
 */
void dubbo_class_free(dubbo_class *class_);

/**
 * Makes an object whose fields are all null.
 *
 * @param class_ borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_object(const dubbo_class *class_, dubbo_value **out, dubbo_error **err);

/**
 * Sets a field of an object that has one owner.
 *
 * @param object borrowed
 * @param field borrowed: the name of the field
 * @param value consumed
 */
uint32_t dubbo_value_set_field(dubbo_value *object, dubbo_str field, dubbo_value *value, dubbo_error **err);

/**
 * Encodes a value as Hessian2.
 *
 * @param value borrowed
 * @param profile whose choices to copy where Java's writers differ: DUBBO_PROFILE_*
 * @param out owned: released by dubbo_buf_free
 */
uint32_t dubbo_value_encode(const dubbo_value *value, uint32_t profile, dubbo_buf **out, dubbo_error **err);

/**
 * Encodes the elements of a list one after the other, as the arguments of a call: they share one set of tables.
 *
 * @param list borrowed
 * @param profile DUBBO_PROFILE_*
 * @param out owned: released by dubbo_buf_free
 */
uint32_t dubbo_value_encode_all(const dubbo_value *list, uint32_t profile, dubbo_buf **out, dubbo_error **err);

/**
 * Decodes exactly one Hessian2 value.
 *
 * @param body borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_decode(dubbo_bytes body, dubbo_value **out, dubbo_error **err);

/**
 * Decodes all Hessian2 values of a body, which share one set of tables, into a list.
 *
 * @param body borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_decode_all(dubbo_bytes body, dubbo_value **out, dubbo_error **err);

/**
 * Makes a list, set or array.
 *
 * @param java_type borrowed: the type as it stands on the wire, "java.util.HashSet", "[int", "[string"; empty for an
 *   ordinary list, which Java reads as an ArrayList
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_list(dubbo_str java_type, dubbo_value **out, dubbo_error **err);

/**
 * Appends to a list that has one owner.
 *
 * @param list borrowed
 * @param item consumed
 */
uint32_t dubbo_value_push(dubbo_value *list, dubbo_value *item, dubbo_error **err);

/**
 * Makes a map.
 *
 * @param java_type borrowed: its class, for example "java.util.TreeMap"; empty for a java.util.HashMap
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_map(dubbo_str java_type, dubbo_value **out, dubbo_error **err);

/**
 * Adds an entry to a map that has one owner. An entry with an equal key stays; in Java the last one counts.
 *
 * @param map borrowed
 * @param key consumed
 * @param value consumed
 */
uint32_t dubbo_value_put(dubbo_value *map, dubbo_value *key, dubbo_value *value, dubbo_error **err);

/**
 * Makes an enum constant.
 *
 * @param class_name borrowed
 * @param constant borrowed: the name of the constant
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_enum(dubbo_str class_name, dubbo_str constant, dubbo_value **out, dubbo_error **err);

/**
 * Makes a java.math.BigDecimal.
 *
 * @param digits borrowed: a number as Java writes it, "12.340" or "1E+3"
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_decimal(dubbo_str digits, dubbo_value **out, dubbo_error **err);

/**
 * Makes a java.math.BigInteger.
 *
 * @param digits borrowed: decimal digits with an optional sign
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_integer(dubbo_str digits, dubbo_value **out, dubbo_error **err);

/**
 * Makes another owner of a value. A container then has two owners and cannot be changed any more; put in two places, it
 * is one object for Java.
 *
 * @param value borrowed; NULL gives NULL
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_clone(const dubbo_value *value);

/**
 * Makes the edge that closes a cycle: to be put somewhere inside the container, which it does not own.
 *
 * @param container borrowed: a list, map or object
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_back(const dubbo_value *container, dubbo_value **out, dubbo_error **err);

/**
 * Releases a value. What it shares with other values stays with them.
 *
 * @param value consumed; NULL is a no-op
 */
void dubbo_value_free(dubbo_value *value);

/**
 * Says what a value is: one of DUBBO_TYPE_*. The edge that closes a cycle is what it leads to.
 *
 * @param value borrowed; NULL is DUBBO_TYPE_NULL
 */
uint32_t dubbo_value_type(const dubbo_value *value);

/**
 * Counts the elements of a list, the entries of a map, or the fields of an object; 0 for anything else.
 *
 * @param value borrowed
 */
size_t dubbo_value_len(const dubbo_value *value);

/**
 * Shows an element of a list, the value of an entry of a map, or the value of a field, in the order of the wire.
 *
 * @param value borrowed
 * @return view; NULL when there is none
 */
const dubbo_value *dubbo_value_item(const dubbo_value *value, size_t index);

/**
 * Shows the key of an entry of a map.
 *
 * @param map borrowed
 * @return view; NULL when there is none
 */
const dubbo_value *dubbo_value_key(const dubbo_value *map, size_t index);

/**
 * Shows the name of a field of an object: a view, empty when there is none.
 *
 * @param object borrowed
 */
dubbo_str dubbo_value_field_name(const dubbo_value *object, size_t index);

/**
 * Shows the field of an object, or the entry of a map whose key is this text.
 *
 * @param value borrowed
 * @param name borrowed
 * @return view; NULL when there is none
 */
const dubbo_value *dubbo_value_field(const dubbo_value *value, dubbo_str name);

/**
 * Shows the class of an object, or the type of a list or map as it stands on the wire: a view, empty for an ordinary
 * list or map and for anything else.
 *
 * @param value borrowed
 */
dubbo_str dubbo_value_java_type(const dubbo_value *value);

/**
 * Shows the name of an enum constant: a view, empty for anything else. A bean whose only field is a text `name` looks the
 * same on the wire.
 *
 * @param value borrowed
 */
dubbo_str dubbo_value_enum_name(const dubbo_value *value);

/**
 * Gives a number that is the same for the same container and no other that is alive; 0 for values that are none.
 *
 * @param value borrowed
 */
size_t dubbo_value_identity(const dubbo_value *value);

/**
 * Compares two values as they would read from Java; what is shared does not matter, NaN equals NaN.
 *
 * @param left borrowed; NULL equals null
 * @param right borrowed; NULL equals null
 */
bool dubbo_value_equal(const dubbo_value *left, const dubbo_value *right);

/**
 * Prints a value for people, bounded in depth and size.
 *
 * @param value borrowed
 * @return owned: released by dubbo_buf_free
 */
dubbo_buf *dubbo_value_print(const dubbo_value *value);

/**
 * Makes a null.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_null(void);

/**
 * Makes a boolean.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_bool(bool value);

/**
 * Makes an int, which also serves for short and byte.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_i32(int32_t value);

/**
 * Makes a long.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_i64(int64_t value);

/**
 * Makes a double, which also serves for float.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_f64(double value);

/**
 * Makes a java.util.Date of milliseconds since 1970-01-01T00:00Z.
 *
 * @return owned: released by dubbo_value_free
 */
dubbo_value *dubbo_value_new_date(int64_t ms);

/**
 * Makes a String, which also serves for char.
 *
 * @param text borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_str(dubbo_str text, dubbo_value **out, dubbo_error **err);

/**
 * Makes a String of UTF-16 units, lone surrogates included.
 *
 * @param units borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_utf16(const uint16_t *units, size_t unit_count, dubbo_value **out, dubbo_error **err);

/**
 * Makes a byte[].
 *
 * @param bytes borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_value_new_bytes(dubbo_bytes bytes, dubbo_value **out, dubbo_error **err);

/**
 * Reads a boolean.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_bool(const dubbo_value *value, bool *out, dubbo_error **err);

/**
 * Reads an int, or a long that fits.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_i32(const dubbo_value *value, int32_t *out, dubbo_error **err);

/**
 * Reads a long or an int.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_i64(const dubbo_value *value, int64_t *out, dubbo_error **err);

/**
 * Reads a double.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_f64(const dubbo_value *value, double *out, dubbo_error **err);

/**
 * Reads a java.util.Date: milliseconds since 1970-01-01T00:00Z.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_date(const dubbo_value *value, int64_t *out, dubbo_error **err);

/**
 * Shows a String: a view that dies with the value. A text with a lone surrogate, which UTF-8 cannot hold, is refused;
 * dubbo_value_utf16 reads it.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_str(const dubbo_value *value, dubbo_str *out, dubbo_error **err);

/**
 * Copies the UTF-16 units of a String: two bytes each, in the order of this machine.
 *
 * @param value borrowed
 * @param out owned: released by dubbo_buf_free
 */
uint32_t dubbo_value_utf16(const dubbo_value *value, dubbo_buf **out, dubbo_error **err);

/**
 * Shows a byte[]: a view that dies with the value.
 *
 * @param value borrowed
 */
uint32_t dubbo_value_bytes(const dubbo_value *value, dubbo_bytes *out, dubbo_error **err);

/**
 * Writes a java.math.BigDecimal or java.math.BigInteger as Java does.
 *
 * @param value borrowed
 * @param out owned: released by dubbo_buf_free
 */
uint32_t dubbo_value_decimal(const dubbo_value *value, dubbo_buf **out, dubbo_error **err);

/**
 * Makes settings with Dubbo's defaults.
 *
 * @param kind what they are for: DUBBO_OPTIONS_*
 * @param out owned: released by dubbo_options_free
 */
uint32_t dubbo_options_new(uint32_t kind, dubbo_options **out, dubbo_error **err);

/**
 * Sets a value. Times are milliseconds, sizes are bytes.
 *
 * @param options borrowed
 * @param key borrowed: a key of Dubbo, "timeout", "sayHello.retries"
 * @param value borrowed
 */
uint32_t dubbo_options_set_str(dubbo_options *options, dubbo_str key, dubbo_str value, dubbo_error **err);

/**
 * Sets a number.
 *
 * @param options borrowed
 * @param key borrowed
 */
uint32_t dubbo_options_set_u64(dubbo_options *options, dubbo_str key, uint64_t value, dubbo_error **err);

/**
 * Sets a key of your own, which travels with the URL and means nothing to this library.
 *
 * @param options borrowed
 * @param key borrowed
 * @param value borrowed
 */
uint32_t dubbo_options_set_parameter(dubbo_options *options, dubbo_str key, dubbo_str value, dubbo_error **err);

/**
 * Releases settings.
 *
 * @param options consumed; NULL is a no-op
 */
void dubbo_options_free(dubbo_options *options);

/**
 * Starts I/O threads.
 *
 * @param options borrowed: of DUBBO_OPTIONS_RUNTIME; NULL takes the defaults
 * @param out owned: released by dubbo_runtime_free
 */
uint32_t dubbo_runtime_new(const dubbo_options *options, dubbo_runtime **out, dubbo_error **err);

/**
 * Gives the default runtime of the process, which starts with its first use.
 *
 * @param out owned: released by dubbo_runtime_free, which leaves the threads alone
 */
uint32_t dubbo_runtime_shared(dubbo_runtime **out, dubbo_error **err);

/**
 * Stops the I/O threads and waits for them. Close references and servers first: calls that are still in flight fail.
 *
 * @param runtime borrowed
 * @return false when a thread was busy for longer than the timeout; it then ends by itself
 */
bool dubbo_runtime_shutdown(const dubbo_runtime *runtime, uint64_t timeout_ms);

/**
 * Releases a runtime; its threads end when nothing uses them any more.
 *
 * @param runtime consumed; NULL is a no-op
 */
void dubbo_runtime_free(dubbo_runtime *runtime);

/**
 * Counts the attachments.
 *
 * @param attachments borrowed
 */
size_t dubbo_attachments_len(const dubbo_attachments *attachments);

/**
 * Shows a key, in the order in which they arrived; empty when there is none.
 *
 * @param attachments borrowed
 */
dubbo_str dubbo_attachments_key(const dubbo_attachments *attachments, size_t index);

/**
 * Shows the text of an attachment. Its data is NULL if there is none, or if it is no text.
 *
 * @param attachments borrowed
 * @param key borrowed
 */
dubbo_str dubbo_attachments_get(const dubbo_attachments *attachments, dubbo_str key);

/**
 * Decodes an attachment of any type.
 *
 * @param attachments borrowed
 * @param key borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_attachments_value(const dubbo_attachments *attachments,
                                 dubbo_str key,
                                 dubbo_value **out,
                                 dubbo_error **err);

/**
 * Starts to describe the call of a method.
 *
 * @param method borrowed: its name
 * @param out owned: released by dubbo_invocation_free
 */
uint32_t dubbo_invocation_new(dubbo_str method, dubbo_invocation **out, dubbo_error **err);

/**
 * Adds an argument. Integers take the width of the parameter; a value that a primitive, a box or a String cannot take is
 * DUBBO_ERR_SERIALIZATION.
 *
 * @param invocation borrowed
 * @param java_type borrowed: the type of the parameter as the Java interface declares it, "int", "java.lang.String",
 *   "com.acme.User[]"
 * @param value consumed
 */
uint32_t dubbo_invocation_add(dubbo_invocation *invocation,
                              dubbo_str java_type,
                              dubbo_value *value,
                              dubbo_error **err);

/**
 * Adds an object of this side that the provider may call back. The parameter has the interface of the object as its type.
 *
 * @param invocation borrowed
 * @param callback borrowed: may be released before the call is sent
 */
uint32_t dubbo_invocation_add_callback(dubbo_invocation *invocation,
                                       const dubbo_callback *callback,
                                       dubbo_error **err);

/**
 * Sets all arguments at once, for programs that encode by themselves.
 *
 * @param invocation borrowed
 * @param descriptor borrowed: the parameter types in the notation of the JVM, "Ljava/lang/String;I"
 * @param body borrowed: the arguments as Hessian2 values, one after the other, with one set of tables
 */
uint32_t dubbo_invocation_set_body(dubbo_invocation *invocation,
                                   dubbo_str descriptor,
                                   dubbo_bytes body,
                                   dubbo_error **err);

/**
 * Makes the call a generic one: through the provider's $invoke, which needs no classes. Objects travel as maps with the
 * key "class", enum constants as their names.
 *
 * @param invocation borrowed
 */
uint32_t dubbo_invocation_set_generic(dubbo_invocation *invocation,
                                      dubbo_error **err);

/**
 * Attaches a text, which the provider sees in the context of the call.
 *
 * @param invocation borrowed
 * @param key borrowed
 * @param value borrowed
 */
uint32_t dubbo_invocation_set_attachment(dubbo_invocation *invocation,
                                         dubbo_str key,
                                         dubbo_str value,
                                         dubbo_error **err);

/**
 * Attaches a value that is no text. Dubbo before 2.7.6 knows only texts.
 *
 * @param invocation borrowed
 * @param key borrowed
 * @param value consumed
 */
uint32_t dubbo_invocation_set_attachment_value(dubbo_invocation *invocation,
                                               dubbo_str key,
                                               dubbo_value *value,
                                               dubbo_error **err);

/**
 * Allows this much time for each attempt, instead of the timeout of the reference.
 *
 * @param invocation borrowed
 */
uint32_t dubbo_invocation_set_timeout(dubbo_invocation *invocation, uint64_t timeout_ms, dubbo_error **err);

/**
 * Allows this many attempts after the first, instead of the retries of the reference.
 *
 * @param invocation borrowed
 */
uint32_t dubbo_invocation_set_retries(dubbo_invocation *invocation, uint32_t retries, dubbo_error **err);

/**
 * Sends the call without waiting for an answer: it succeeds with null when it is on its way.
 *
 * @param invocation borrowed
 */
uint32_t dubbo_invocation_set_oneway(dubbo_invocation *invocation, bool oneway, dubbo_error **err);

/**
 * Releases an invocation; calls in flight have their own copy.
 *
 * @param invocation consumed; NULL is a no-op
 */
void dubbo_invocation_free(dubbo_invocation *invocation);

/**
 * Shows the value that the method returned; null for a method without a result.
 *
 * @param response borrowed
 * @param out view
 */
uint32_t dubbo_response_value(const dubbo_response *response, const dubbo_value **out, dubbo_error **err);

/**
 * Takes the value out of a response, for programs that keep it longer.
 *
 * @param response borrowed
 * @param out owned: released by dubbo_value_free
 */
uint32_t dubbo_response_take(dubbo_response *response, dubbo_value **out, dubbo_error **err);

/**
 * Shows the encoded value: exactly one Hessian value; empty for null.
 *
 * @param response borrowed
 */
dubbo_bytes dubbo_response_body(const dubbo_response *response);

/**
 * Shows the attachments that came with the answer.
 *
 * @param response borrowed
 * @param out view
 */
uint32_t dubbo_response_attachments(const dubbo_response *response, const dubbo_attachments **out, dubbo_error **err);

/**
 * Releases a response.
 *
 * @param response consumed; NULL is a no-op
 */
void dubbo_response_free(dubbo_response *response);

/**
 * Makes a queue.
 *
 * @param out owned: released by dubbo_queue_free
 */
uint32_t dubbo_queue_new(dubbo_queue **out, dubbo_error **err);

/**
 * Gives the descriptor that is readable while events wait, for poll, epoll and the loops built on them. Only watch it: it
 * belongs to the queue, and dubbo_queue_poll clears it. Now and then it is readable although nothing waits.
 *
 * @param queue borrowed
 * @return -1 on systems without such descriptors
 */
int32_t dubbo_queue_fd(const dubbo_queue *queue);

/**
 * Takes events that have happened.
 *
 * @param queue borrowed
 * @param events where they go: overwritten, not released first
 * @param capacity how many fit there
 * @param timeout_ms how long to wait for the first: 0 not at all, UINT64_MAX for ever
 * @return how many events there are; 0 also when the queue is closed, or was made before a fork
 */
size_t dubbo_queue_poll(const dubbo_queue *queue, dubbo_event *events, size_t capacity, uint64_t timeout_ms);

/**
 * Releases what an event owns, and empties it.
 *
 * @param event borrowed; NULL is a no-op
 */
void dubbo_event_clear(dubbo_event *event);

/**
 * Takes no more events: outcomes are dropped, calls of services are refused, and threads that wait come back. What waits
 * already can still be polled.
 *
 * @param queue borrowed
 */
void dubbo_queue_close(const dubbo_queue *queue);

/**
 * Closes and releases a queue with everything that waits in it; calls of services are answered with an error.
 *
 * @param queue consumed; NULL is a no-op
 */
void dubbo_queue_free(dubbo_queue *queue);

/**
 * Refers to a service and blocks until a provider is connected (or, with check=false, until the registry is).
 *
 * @param runtime borrowed; NULL is the shared one
 * @param options borrowed: of DUBBO_OPTIONS_REFERENCE, with interface, and registry or url
 * @param out owned: released by dubbo_reference_free
 */
uint32_t dubbo_reference_new(const dubbo_runtime *runtime,
                             const dubbo_options *options,
                             dubbo_reference **out,
                             dubbo_error **err);

/**
 * Refers to a service in the background; the queue then brings DUBBO_EVENT_REFERRED with the token.
 *
 * @param runtime borrowed; NULL is the shared one
 * @param options borrowed: of DUBBO_OPTIONS_REFERENCE
 * @param queue borrowed: may be released before
 */
uint32_t dubbo_reference_new_queued(const dubbo_runtime *runtime,
                                    const dubbo_options *options,
                                    const dubbo_queue *queue,
                                    uint64_t token,
                                    dubbo_error **err);

/**
 * Sends a call and blocks until its outcome is there. An exception of the method is the error
 * DUBBO_ERR_REMOTE_EXCEPTION.
 *
 * @param reference borrowed
 * @param invocation borrowed
 * @param out owned: released by dubbo_response_free
 */
uint32_t dubbo_reference_invoke(const dubbo_reference *reference,
                                const dubbo_invocation *invocation,
                                dubbo_response **out,
                                dubbo_error **err);

/**
 * Sends a call and returns; its outcome goes to a function on a thread of the callback pool.
 *
 * @param reference borrowed: may be released before the outcome is there
 * @param invocation borrowed
 * @param completion called exactly once if this function succeeds, not at all if it fails
 * @param user_data retained until destroy is called with it, also when this function fails
 * @param destroy may be NULL
 * @param call_id the number for dubbo_reference_cancel; may be NULL
 */
uint32_t dubbo_reference_invoke_async(const dubbo_reference *reference,
                                      const dubbo_invocation *invocation,
                                      dubbo_completion_fn completion,
                                      void *user_data,
                                      dubbo_destroy_fn destroy,
                                      uint64_t *call_id,
                                      dubbo_error **err);

/**
 * Sends a call and returns; the queue then brings DUBBO_EVENT_COMPLETED with the token.
 *
 * @param reference borrowed: may be released before the outcome is there
 * @param invocation borrowed
 * @param queue borrowed: may be released before the outcome is there, which is then dropped
 * @param call_id the number for dubbo_reference_cancel; may be NULL
 */
uint32_t dubbo_reference_invoke_queued(const dubbo_reference *reference,
                                       const dubbo_invocation *invocation,
                                       const dubbo_queue *queue,
                                       uint64_t token,
                                       uint64_t *call_id,
                                       dubbo_error **err);

/**
 * Gives up a call that was sent by dubbo_reference_invoke_async or _queued: it ends with DUBBO_ERR_CANCELLED, unless it
 * has ended already. The provider is not told.
 *
 * @param reference borrowed
 */
void dubbo_reference_cancel(const dubbo_reference *reference,
                            uint64_t call_id);

/**
 * Tells whether a call would find a connected provider.
 *
 * @param reference borrowed
 */
bool dubbo_reference_is_available(const dubbo_reference *reference);

/**
 * Blocks until a call would find a connected provider, but not longer than the timeout.
 *
 * @param reference borrowed
 */
uint32_t dubbo_reference_wait_ready(const dubbo_reference *reference, uint64_t timeout_ms, dubbo_error **err);

/**
 * Closes a reference: leaves the registry, lets calls in flight finish for at most the timeout, disconnects. Later calls
 * fail with DUBBO_ERR_CLOSED. Once is enough, and again does no harm.
 *
 * @param reference borrowed
 */
uint32_t dubbo_reference_close(const dubbo_reference *reference,
                               uint64_t timeout_ms,
                               dubbo_error **err);

/**
 * Closes a reference in the background; the queue then brings DUBBO_EVENT_DONE with the token.
 *
 * @param reference borrowed: may be released before
 * @param queue borrowed: may be released before
 */
uint32_t dubbo_reference_close_queued(const dubbo_reference *reference,
                                      uint64_t timeout_ms,
                                      const dubbo_queue *queue,
                                      uint64_t token,
                                      dubbo_error **err);

/**
 * Releases a reference. Calls in flight go on and reach their completion.
 *
 * @param reference consumed; NULL is a no-op
 */
void dubbo_reference_free(dubbo_reference *reference);

/**
 * Shows the Java interface of the service.
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_interface(const dubbo_call *call);

/**
 * Shows the name of the method.
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_method(const dubbo_call *call);

/**
 * Shows the parameter types in the notation of the JVM: "Ljava/lang/String;I".
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_descriptor(const dubbo_call *call);

/**
 * Counts the arguments.
 *
 * @param call borrowed
 * @param out the number
 */
uint32_t dubbo_call_arg_count(const dubbo_call *call, size_t *out, dubbo_error **err);

/**
 * Shows an argument.
 *
 * @param call borrowed
 * @param out view
 */
uint32_t dubbo_call_arg(const dubbo_call *call, size_t index, const dubbo_value **out, dubbo_error **err);

/**
 * Shows the encoded arguments: Hessian2 values, one after the other, with one set of tables.
 *
 * @param call borrowed
 */
dubbo_bytes dubbo_call_args_body(const dubbo_call *call);

/**
 * Shows what the caller attached.
 *
 * @param call borrowed
 * @return view
 */
const dubbo_attachments *dubbo_call_attachments(const dubbo_call *call);

/**
 * Attaches a text to the answer.
 *
 * @param call borrowed
 * @param key borrowed
 * @param value borrowed
 */
uint32_t dubbo_call_set_attachment(dubbo_call *call, dubbo_str key, dubbo_str value, dubbo_error **err);

/**
 * Attaches a value that is no text to the answer.
 *
 * @param call borrowed
 * @param key borrowed
 * @param value consumed
 */
uint32_t dubbo_call_set_attachment_value(dubbo_call *call, dubbo_str key, dubbo_value *value, dubbo_error **err);

/**
 * Shows the address of the caller, "10.0.0.7:51234".
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_peer(const dubbo_call *call);

/**
 * Shows the address of this side of the connection.
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_local(const dubbo_call *call);

/**
 * Shows the name of the calling application; empty when it does not say.
 *
 * @param call borrowed
 */
dubbo_str dubbo_call_application(const dubbo_call *call);

/**
 * Gives the milliseconds until the caller stops waiting.
 *
 * @param call borrowed
 * @return UINT64_MAX when it does not say
 */
uint64_t dubbo_call_deadline(const dubbo_call *call);

/**
 * Tells whether nobody waits for the answer.
 *
 * @param call borrowed
 */
bool dubbo_call_is_oneway(const dubbo_call *call);

/**
 * Gives an object of the caller that came as a parameter, to be called back now or later.
 *
 * @param call borrowed
 * @param index the position of the parameter, from 0
 * @param out owned: released by dubbo_callback_proxy_free
 */
uint32_t dubbo_call_callback(const dubbo_call *call, size_t index, dubbo_callback_proxy **out, dubbo_error **err);

/**
 * Answers with a value; null is the answer of a method without a result.
 *
 * @param call consumed
 * @param value consumed
 */
uint32_t dubbo_call_reply_value(dubbo_call *call, dubbo_value *value, dubbo_error **err);

/**
 * Answers with a value that is encoded already.
 *
 * @param call consumed
 * @param body borrowed: exactly one Hessian2 value
 */
uint32_t dubbo_call_reply_body(dubbo_call *call, dubbo_bytes body, dubbo_error **err);

/**
 * Answers that the method threw an exception of a Java class that the consumer has.
 *
 * @param call consumed
 * @param java_class borrowed: "java.lang.IllegalStateException"
 * @param message borrowed; data NULL is no message
 */
uint32_t dubbo_call_reply_throw(dubbo_call *call, dubbo_str java_class, dubbo_str message, dubbo_error **err);

/**
 * Answers that the method threw this exception, for classes with fields of their own.
 *
 * @param call consumed
 * @param exception consumed: an object with the fields of java.lang.Throwable
 */
uint32_t dubbo_call_reply_throw_value(dubbo_call *call, dubbo_value *exception, dubbo_error **err);

/**
 * Refuses the call: the caller sees a failure of the transport, which it may retry on another provider.
 *
 * @param call consumed
 * @param message borrowed
 */
uint32_t dubbo_call_reply_error(dubbo_call *call, dubbo_str message, dubbo_error **err);

/**
 * Releases a call without an answer of its own: the caller gets an error.
 *
 * @param call consumed; NULL is a no-op
 */
void dubbo_call_free(dubbo_call *call);

/**
 * Makes an object to be called back out of a service: its interface, its methods, and the function or queue that takes its
 * calls.
 *
 * @param service consumed
 * @param out owned: released by dubbo_callback_free; the object lives on at the provider
 */
uint32_t dubbo_callback_new(dubbo_service *service,
                            dubbo_callback **out,
                            dubbo_error **err);

/**
 * Releases an object. Providers that have it may go on calling it until their connection ends.
 *
 * @param callback consumed; NULL is a no-op
 */
void dubbo_callback_free(dubbo_callback *callback);

/**
 * Tells whether the connection to the object still exists.
 *
 * @param proxy borrowed
 */
bool dubbo_callback_proxy_is_open(const dubbo_callback_proxy *proxy);

/**
 * Tells whether the method that received the object lets it go: it must not be kept after the call.
 *
 * @param proxy borrowed
 */
bool dubbo_callback_proxy_is_leaving(const dubbo_callback_proxy *proxy);

/**
 * Tells whether two proxies stand for the same object of the same caller.
 *
 * @param left borrowed
 * @param right borrowed
 */
bool dubbo_callback_proxy_is_same(const dubbo_callback_proxy *left, const dubbo_callback_proxy *right);

/**
 * Calls the object and blocks until its answer is there. Not on a thread of the callback pool, if many calls may come at
 * once: each blocks one of its threads.
 *
 * @param proxy borrowed
 * @param invocation borrowed
 * @param out owned: released by dubbo_response_free
 */
uint32_t dubbo_callback_proxy_invoke(const dubbo_callback_proxy *proxy,
                                     const dubbo_invocation *invocation,
                                     dubbo_response **out,
                                     dubbo_error **err);

/**
 * Calls the object and returns; the outcome goes to a function on a thread of the callback pool.
 *
 * @param proxy borrowed
 * @param invocation borrowed
 * @param completion called exactly once if this function succeeds, not at all if it fails
 * @param user_data retained until destroy is called with it, also when this function fails
 * @param destroy may be NULL
 */
uint32_t dubbo_callback_proxy_invoke_async(const dubbo_callback_proxy *proxy,
                                           const dubbo_invocation *invocation,
                                           dubbo_completion_fn completion,
                                           void *user_data,
                                           dubbo_destroy_fn destroy,
                                           dubbo_error **err);

/**
 * Calls the object and returns; the queue then brings DUBBO_EVENT_COMPLETED with the token.
 *
 * @param proxy borrowed
 * @param invocation borrowed
 * @param queue borrowed: may be released before the outcome is there, which is then dropped
 */
uint32_t dubbo_callback_proxy_invoke_queued(const dubbo_callback_proxy *proxy,
                                            const dubbo_invocation *invocation,
                                            const dubbo_queue *queue,
                                            uint64_t token,
                                            dubbo_error **err);

/**
 * Releases a proxy. The object stays with its caller.
 *
 * @param proxy consumed; NULL is a no-op
 */
void dubbo_callback_proxy_free(dubbo_callback_proxy *proxy);

/**
 * Listens, exports services and registers them; blocks until that is done.
 *
 * @param runtime borrowed; NULL is the shared one
 * @param options borrowed: of DUBBO_OPTIONS_SERVER
 * @param services borrowed array whose elements are consumed, also when this function fails
 * @param out owned: released by dubbo_server_free
 */
uint32_t dubbo_server_start(const dubbo_runtime *runtime,
                            const dubbo_options *options,
                            dubbo_service *const *services,
                            size_t service_count,
                            dubbo_server **out,
                            dubbo_error **err);

/**
 * As dubbo_server_start, in the background; the queue then brings DUBBO_EVENT_STARTED with the token.
 *
 * @param runtime borrowed; NULL is the shared one
 * @param options borrowed: of DUBBO_OPTIONS_SERVER
 * @param services borrowed array whose elements are consumed, also when this function fails
 * @param queue borrowed: may be released before
 */
uint32_t dubbo_server_start_queued(const dubbo_runtime *runtime,
                                   const dubbo_options *options,
                                   dubbo_service *const *services,
                                   size_t service_count,
                                   const dubbo_queue *queue,
                                   uint64_t token,
                                   dubbo_error **err);

/**
 * Offers one more service and blocks until it is registered.
 *
 * @param server borrowed
 * @param service consumed
 */
uint32_t dubbo_server_export(const dubbo_server *server, dubbo_service *service, dubbo_error **err);

/**
 * Withdraws all services from the registry, or registers them again; the queue then brings DUBBO_EVENT_DONE.
 *
 * @param server borrowed
 * @param queue borrowed: may be released before
 */
uint32_t dubbo_server_set_online_queued(const dubbo_server *server,
                                        bool online,
                                        const dubbo_queue *queue,
                                        uint64_t token,
                                        dubbo_error **err);

/**
 * Gives the port that the server listens on; 0 for NULL.
 *
 * @param server borrowed
 */
uint16_t dubbo_server_port(const dubbo_server *server);

/**
 * Shows a direct URL of the server for this machine: a view that dies with the server.
 *
 * @param server borrowed
 */
dubbo_str dubbo_server_url(const dubbo_server *server);

/**
 * Counts the calls that have no answer yet.
 *
 * @param server borrowed
 */
size_t dubbo_server_running(const dubbo_server *server);

/**
 * Stops without losing a call: withdraws from the registry, tells consumers, waits for running calls as long as
 * shutdown.wait allows, closes. Answers must go on meanwhile.
 *
 * @param server borrowed
 * @param forced_calls where the number of calls goes that had no answer in time; may be NULL
 */
uint32_t dubbo_server_close(const dubbo_server *server, uint64_t *forced_calls, dubbo_error **err);

/**
 * As dubbo_server_close, in the background; the queue then brings DUBBO_EVENT_STOPPED with the token.
 *
 * @param server borrowed: may be released before
 * @param queue borrowed: may be released before
 */
uint32_t dubbo_server_close_queued(const dubbo_server *server,
                                   const dubbo_queue *queue,
                                   uint64_t token,
                                   dubbo_error **err);

/**
 * Releases a server. Close it first: a server that is only released stops at once and its calls are lost.
 *
 * @param server consumed; NULL is a no-op
 */
void dubbo_server_free(dubbo_server *server);

/**
 * Describes a service whose calls go to a function, on threads of the callback pool.
 *
 * @param options borrowed: of DUBBO_OPTIONS_SERVICE, with interface
 * @param vtable borrowed
 * @param user_data retained until destroy is called with it, also when this function fails after reading the vtable
 * @param out owned: given to a server, or released by dubbo_service_free
 */
uint32_t dubbo_service_new(const dubbo_options *options,
                           const dubbo_service_vtable *vtable,
                           void *user_data,
                           dubbo_service **out,
                           dubbo_error **err);

/**
 * Describes a service whose calls arrive in a queue as DUBBO_EVENT_CALLED with the token.
 *
 * @param options borrowed: of DUBBO_OPTIONS_SERVICE, with interface
 * @param queue borrowed: may be released before; then calls are refused
 * @param out owned: given to a server, or released by dubbo_service_free
 */
uint32_t dubbo_service_new_queued(const dubbo_options *options,
                                  const dubbo_queue *queue,
                                  uint64_t token,
                                  dubbo_service **out,
                                  dubbo_error **err);

/**
 * Declares a method of the service; overloads are declared one by one. A service without declared methods takes all.
 *
 * @param service borrowed
 * @param name borrowed
 * @param java_types borrowed: the parameter types, separated by commas, "java.lang.String,int"; empty for none
 */
uint32_t dubbo_service_add_method(dubbo_service *service, dubbo_str name, dubbo_str java_types, dubbo_error **err);

/**
 * Declares a method that takes any parameter types.
 *
 * @param service borrowed
 * @param name borrowed
 */
uint32_t dubbo_service_add_open_method(dubbo_service *service, dubbo_str name, dubbo_error **err);

/**
 * Releases a service that no server took.
 *
 * @param service consumed; NULL is a no-op
 */
void dubbo_service_free(dubbo_service *service);

/**
 * Listens.
 *
 * @param runtime borrowed; NULL is the shared one
 * @param host borrowed: IP address to listen on; empty stands for 127.0.0.1, which other machines cannot reach
 * @param port Dubbo's default is 9090; 0 takes a free one
 * @param out owned: released by dubbo_registry_server_free
 */
uint32_t dubbo_registry_server_start(const dubbo_runtime *runtime,
                                     dubbo_str host,
                                     uint16_t port,
                                     dubbo_registry_server **out,
                                     dubbo_error **err);

/**
 * Gives the port that the registry listens on; 0 for NULL.
 *
 * @param registry borrowed
 */
uint16_t dubbo_registry_server_port(const dubbo_registry_server *registry);

/**
 * Shows the setting "registry" of references and servers on this machine: a view that dies with the registry.
 *
 * @param registry borrowed
 */
dubbo_str dubbo_registry_server_url(const dubbo_registry_server *registry);

/**
 * Stops listening and disconnects all clients; takes a second at most. They go on with the providers that they know,
 * and publish again when a registry is back.
 *
 * @param registry borrowed
 */
uint32_t dubbo_registry_server_close(const dubbo_registry_server *registry, dubbo_error **err);

/**
 * Releases a registry, which stops if it was not closed.
 *
 * @param registry consumed; NULL is a no-op
 */
void dubbo_registry_server_free(dubbo_registry_server *registry);

/**
 * Hands what the library logs to a function, which replaces the one before. Without this call nothing is logged.
 *
 * @param level the most detailed level that is wanted; DUBBO_LOG_OFF ends it
 * @param function NULL only with DUBBO_LOG_OFF
 * @param user_data retained until destroy is called with it, also when this function fails
 * @param destroy may be NULL
 */
uint32_t dubbo_log_set_callback(uint32_t level,
                                dubbo_log_fn function,
                                void *user_data,
                                dubbo_destroy_fn destroy,
                                dubbo_error **err);

/**
 * Sets the number of threads that run the functions given to the library: completions, services, log. The default is 4.
 * Only before the first of them is needed.
 */
uint32_t dubbo_callback_threads(uint32_t count,
                                dubbo_error **err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/** Views a zero-terminated string; NULL is the absent text. */
static inline dubbo_str dubbo_text(const char *text) {
  dubbo_str view;
  view.data = text;
  view.len = text == NULL ? 0 : SIZE_MAX;
  return view;
}

#endif /* POLYDUBBO_H */
