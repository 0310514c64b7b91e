/* Tagged values of the scenario file as values of the library. */
#include "peer.h"

#include <math.h>

/* Containers by the order in which they began. Open ones lend themselves, finished ones keep an owner here. */
typedef struct slots {
  dubbo_value *all[4096];
  bool finished[4096];
  size_t count;
} slots;

static dubbo_value *build(const cJSON *json, slots *slots);

static const char *text_of(const cJSON *json, const char *key) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static size_t number_of(const cJSON *json, const char *key, size_t fallback) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
  return cJSON_IsNumber(item) ? (size_t)item->valuedouble : fallback;
}

static uint8_t *unhex(const char *hex, size_t times, size_t *length) {
  size_t one = strlen(hex) / 2;
  uint8_t *bytes = allocate(one * times + 1, 1);
  for (size_t i = 0; i < one * times; i++) {
    char pair[3] = {hex[i % one * 2], hex[i % one * 2 + 1], 0};
    bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  *length = one * times;
  return bytes;
}

uint8_t *sequence(size_t length) {
  uint8_t *bytes = allocate(length + 1, 1);
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(i % 251);
  return bytes;
}

dubbo_value *text_value(const char *text) { return text_or_null(dubbo_text(text)); }

dubbo_value *text_or_null(dubbo_str text) {
  if (text.data == NULL) return dubbo_value_new_null();
  dubbo_value *value = NULL;
  MUST(dubbo_value_new_str(text, &value, &err));
  return value;
}

static dubbo_value *string(const cJSON *json) {
  size_t times = number_of(json, "times", 1), length = 0;
  const char *hex = text_of(json, "utf16");
  dubbo_value *value = NULL;
  if (hex != NULL) {
    uint8_t *bytes = unhex(hex, times, &length);
    uint16_t *units = allocate(length / 2 + 1, sizeof *units);
    for (size_t i = 0; i < length / 2; i++) units[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    MUST(dubbo_value_new_utf16(units, length / 2, &value, &err));
    free(units);
    free(bytes);
    return value;
  }
  const char *one = text_of(json, "v");
  char *all = allocate(strlen(one) * times + 1, 1);
  for (size_t i = 0; i < times; i++) memcpy(all + i * strlen(one), one, strlen(one));
  value = text_value(all);
  free(all);
  return value;
}

static dubbo_value *bytes(const cJSON *json) {
  size_t length = number_of(json, "sequence", SIZE_MAX);
  uint8_t *data = length != SIZE_MAX ? sequence(length) : unhex(text_of(json, "hex"), number_of(json, "times", 1), &length);
  dubbo_bytes view = {data, length};
  dubbo_value *value = NULL;
  MUST(dubbo_value_new_bytes(view, &value, &err));
  free(data);
  return value;
}

static dubbo_value *list(const cJSON *json, slots *slots) {
  dubbo_value *value = NULL;
  const cJSON *item;
  MUST(dubbo_value_new_list(dubbo_text(text_of(json, "type")), &value, &err));
  slots->all[slots->count++] = value;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "items"))
      MUST(dubbo_value_push(value, build(item, slots), &err));
  return value;
}

static dubbo_value *map(const cJSON *json, slots *slots) {
  dubbo_value *value = NULL;
  const cJSON *entry;
  MUST(dubbo_value_new_map(dubbo_text(text_of(json, "type")), &value, &err));
  slots->all[slots->count++] = value;
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(json, "entries")) {
    dubbo_value *key = build(cJSON_GetArrayItem(entry, 0), slots);
    dubbo_value *content = build(cJSON_GetArrayItem(entry, 1), slots);
    MUST(dubbo_value_put(value, key, content, &err));
  }
  return value;
}

static dubbo_value *object(const cJSON *json, slots *slots) {
  const cJSON *fields = cJSON_GetObjectItemCaseSensitive(json, "fields"), *field;
  dubbo_str names[64];
  size_t count = 0;
  cJSON_ArrayForEach(field, fields) names[count++] = dubbo_text(cJSON_GetArrayItem(field, 0)->valuestring);
  dubbo_class *class = NULL;
  dubbo_value *value = NULL;
  MUST(dubbo_class_new(dubbo_text(text_of(json, "class")), names, count, &class, &err));
  MUST(dubbo_value_new_object(class, &value, &err));
  dubbo_class_free(class);
  slots->all[slots->count++] = value;
  cJSON_ArrayForEach(field, fields)
      MUST(dubbo_value_set_field(value, dubbo_text(cJSON_GetArrayItem(field, 0)->valuestring),
                                 build(cJSON_GetArrayItem(field, 1), slots), &err));
  return value;
}

static dubbo_value *container(const cJSON *json, slots *slots, const char *tag) {
  size_t slot = slots->count;
  dubbo_value *value = strcmp(tag, "list") == 0 ? list(json, slots)
                       : strcmp(tag, "map") == 0 ? map(json, slots)
                                                 : object(json, slots);
  slots->all[slot] = dubbo_value_clone(value);
  slots->finished[slot] = true;
  return value;
}

static dubbo_value *reference(const cJSON *json, slots *slots) {
  size_t slot = number_of(json, "slot", 0);
  if (slots->finished[slot]) return dubbo_value_clone(slots->all[slot]);
  dubbo_value *back = NULL;
  MUST(dubbo_value_new_back(slots->all[slot], &back, &err));
  return back;
}

static dubbo_value *build(const cJSON *json, slots *slots) {
  const char *tag = text_of(json, "t"), *text = text_of(json, "v");
  const cJSON *v = cJSON_GetObjectItemCaseSensitive(json, "v");
  if (strcmp(tag, "null") == 0) return dubbo_value_new_null();
  if (strcmp(tag, "bool") == 0) return dubbo_value_new_bool(cJSON_IsTrue(v));
  if (strcmp(tag, "int") == 0) return dubbo_value_new_i32((int32_t)v->valuedouble);
  if (strcmp(tag, "long") == 0 || strcmp(tag, "number") == 0) return dubbo_value_new_i64(strtoll(text, NULL, 10));
  if (strcmp(tag, "double") == 0) return dubbo_value_new_f64(strtod(text, NULL)); /* knows inf and nan */
  if (strcmp(tag, "date") == 0) return dubbo_value_new_date(strtoll(text, NULL, 10));
  if (strcmp(tag, "string") == 0) return string(json);
  if (strcmp(tag, "bytes") == 0) return bytes(json);
  if (strcmp(tag, "ref") == 0) return reference(json, slots);
  return container(json, slots, tag);
}

dubbo_value *tagged(const cJSON *json) {
  slots *slots = allocate(1, sizeof *slots);
  dubbo_value *value = build(json, slots);
  for (size_t i = 0; i < slots->count; i++) dubbo_value_free(slots->all[i]);
  free(slots);
  return value;
}
