/* The `expect` of a call. */
#include "peer.h"

static const char *CODES[] = {"UNKNOWN",         "NETWORK",        "TIMEOUT",
                              "BIZ",             "FORBIDDEN",      "SERIALIZATION",
                              "NO_INVOKER_AVAILABLE_AFTER_FILTER", "LIMIT_EXCEEDED", "TIMEOUT_TERMINATE",
                              "REGISTRY",        "ROUTER_CACHE_NOT_BUILD", "METHOD_NOT_FOUND",
                              "VALIDATION",      "AUTHORIZATION"};

const char *rpc_name(const dubbo_error *error) {
  int32_t code = dubbo_error_rpc_code(error);
  return code >= 0 && (size_t)code < sizeof CODES / sizeof *CODES ? CODES[code] : "?";
}

static const cJSON *get(const cJSON *json, const char *key) { return cJSON_GetObjectItemCaseSensitive(json, key); }

static char *print(const dubbo_value *value) {
  dubbo_buf *buf = dubbo_value_print(value);
  dubbo_bytes view = dubbo_buf_view(buf);
  char *text = format("%.*s", (int)(view.len < 300 ? view.len : 300), (const char *)view.data);
  dubbo_buf_free(buf);
  return text;
}

/* The value, which dies with the outcome; NULL if there is none. */
static const dubbo_value *value_of(const outcome *outcome) {
  const dubbo_value *value = NULL;
  return dubbo_response_value(outcome->response, &value, NULL) == 0 ? value : NULL;
}

static char *mismatch(const outcome *outcome, const cJSON *want) {
  char *wanted = cJSON_PrintUnformatted(want), *got, *text;
  if (outcome->error != NULL) {
    dubbo_str message = dubbo_error_message(outcome->error);
    got = format("%s %.*s", rpc_name(outcome->error), (int)message.len, message.data);
  } else {
    got = print(value_of(outcome));
  }
  text = format("got %s, want %.300s", got, wanted);
  free(got);
  cJSON_free(wanted);
  return text;
}

static bool contains(dubbo_str text, const char *part) {
  size_t length = strlen(part);
  for (size_t i = 0; i + length <= text.len; i++)
    if (memcmp(text.data + i, part, length) == 0) return true;
  return false;
}

/* Class, message and integer field are those expected; the cause likewise. */
static bool is_thrown(const cJSON *want, const dubbo_error *error) {
  for (; want != NULL; want = get(want, "cause"), error = dubbo_error_cause(error)) {
    const cJSON *message = get(want, "message"), *part = get(want, "contains"), *code = get(want, "code");
    dubbo_str text = dubbo_error_remote_message(error);
    if (dubbo_error_code(error) != DUBBO_ERR_REMOTE_EXCEPTION) return false;
    if (!same_text(dubbo_error_remote_class(error), get(want, "class")->valuestring)) return false;
    if (cJSON_IsNull(message) && text.data != NULL) return false;
    if (cJSON_IsString(message) && !same_text(text, message->valuestring)) return false;
    if (part != NULL && !contains(text, part->valuestring)) return false;
    int32_t number = 0;
    const dubbo_value *field = dubbo_value_field(dubbo_error_remote_value(error), dubbo_text("code"));
    if (code != NULL && (dubbo_value_i32(field, &number, NULL) != 0 || number != (int32_t)code->valuedouble)) return false;
  }
  return true;
}

static bool is_named(const cJSON *names, const dubbo_error *error) {
  const cJSON *name;
  if (error == NULL || dubbo_error_code(error) == DUBBO_ERR_REMOTE_EXCEPTION) return false;
  cJSON_ArrayForEach(name, names) if (strcmp(name->valuestring, rpc_name(error)) == 0) return true;
  return false;
}

static memory *find(memory *memory, const cJSON *name) {
  while (memory != NULL && strcmp(memory->name, name->valuestring) != 0) memory = memory->next;
  return memory;
}

/* NULL if the two are equal, or different, as is wanted. */
static char *compare(const dubbo_value *want, const dubbo_value *got, const char *declared, bool equal) {
  if (is_same(want, got, declared) == equal) return NULL;
  char *wanted = print(want), *found = print(got);
  char *text = format("got %s, want %s%s", found, equal ? "" : "not ", wanted);
  free(wanted);
  free(found);
  return text;
}

static char *value_differs(const cJSON *step, const cJSON *want, const dubbo_value *got, memory **known) {
  const cJSON *remember = get(want, "remember"), *equals = get(want, "equals"), *different = get(want, "differs");
  if (get(want, "value") != NULL || cJSON_IsTrue(get(want, "same"))) {
    bool is_echo = get(want, "value") == NULL;
    dubbo_value *expected = tagged(is_echo ? cJSON_GetArrayItem(get(step, "args"), 0) : get(want, "value"));
    /* The declared type says how wide a float is; only an echo returns the type of its parameter. */
    bool is_generic = cJSON_IsTrue(get(step, "generic"));
    char *text = compare(expected, got, is_echo && !is_generic ? get(step, "descriptor")->valuestring : "", true);
    dubbo_value_free(expected);
    return text;
  }
  if (remember != NULL) {
    memory *entry = allocate(1, sizeof *entry);
    *entry = (memory){remember->valuestring, dubbo_value_clone(got), *known};
    *known = entry;
    return NULL;
  }
  memory *entry = find(*known, equals != NULL ? equals : different);
  if (entry == NULL) return format("nothing is remembered");
  return compare(entry->value, got, "", equals != NULL);
}

static char *attachments_differ(const cJSON *want, const outcome *outcome) {
  const dubbo_attachments *attachments = NULL;
  const cJSON *attachment;
  if (want == NULL) return NULL;
  MUST(dubbo_response_attachments(outcome->response, &attachments, &err));
  cJSON_ArrayForEach(attachment, want) {
    dubbo_str got = dubbo_attachments_get(attachments, dubbo_text(attachment->string));
    if (!same_text(got, attachment->valuestring))
      return format("attachment %s is %.*s", attachment->string, (int)got.len, got.data == NULL ? "" : got.data);
  }
  return NULL;
}

char *differs(const cJSON *step, const outcome *outcome, memory **known) {
  const cJSON *want = get(step, "expect"), *max = get(want, "max_ms"), *min = get(want, "min_ms");
  if ((max != NULL && outcome->ms > max->valuedouble) || (min != NULL && outcome->ms < min->valuedouble))
    return format("took %llu ms", (unsigned long long)outcome->ms);
  bool holds = true;
  if (get(want, "exception") != NULL) {
    holds = is_thrown(get(want, "exception"), outcome->error);
  } else if (get(want, "error") != NULL) {
    holds = is_named(get(want, "error"), outcome->error);
  } else if (cJSON_IsTrue(get(want, "fails"))) {
    holds = outcome->error != NULL;
  } else {
    const dubbo_value *value = outcome->error == NULL ? value_of(outcome) : NULL;
    if (value == NULL) return mismatch(outcome, want);
    char *text = value_differs(step, want, value, known);
    return text != NULL ? text : attachments_differ(get(want, "attachments"), outcome);
  }
  return holds ? NULL : mismatch(outcome, want);
}
