"""The Java forms of values from Python's standard library, both ways.

Called by the native module for the classes it does not handle itself. Java writes most of these as objects
of its own "handle" classes; those names are part of the protocol.
"""

from __future__ import annotations

import array
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import ArgumentTypeError, ArgumentValueError, RemoteException, StackFrame
from .types import Array, BigInteger, JavaClass, JavaObject, JDate, Long, SqlDate, SqlTime, SqlTimestamp

_HANDLES = "com.alibaba.com.caucho.hessian.io."
_J8 = _HANDLES + "java8."
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_ONE_MS = dt.timedelta(milliseconds=1)
_DAY_SECONDS = 86400


def ms_of(value: dt.datetime | JDate) -> int:
    """Milliseconds since 1970, cut below; naive times are local, as everywhere in Python."""
    if isinstance(value, JDate):
        return value.ms
    if value.tzinfo is None:
        value = value.astimezone(dt.timezone.utc)
    return (value - _EPOCH) // _ONE_MS


def date_of(ms: int) -> dt.datetime | JDate:
    """The aware time of a Java date, or its milliseconds where ``datetime`` has no such year."""
    try:
        return _EPOCH + dt.timedelta(milliseconds=ms)
    except OverflowError:
        return JDate(ms)


# Python to Java


def big_decimal(value: Decimal | int | str) -> JavaObject:
    """The Java form of a number that is declared ``BigDecimal``."""
    if isinstance(value, str):
        text = value
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise ValueError(f"not a decimal number: {text[:64]!r}") from None
    if isinstance(value, Decimal) and not value.is_finite():
        raise ArgumentValueError(f"BigDecimal has no {value}")
    return JavaObject("java.math.BigDecimal", value=str(value))


def big_integer(value: int) -> JavaObject:
    """Sign and magnitude, which is all that Java needs to rebuild the number."""
    magnitude = abs(value)
    words = []
    while magnitude:
        word = magnitude & 0xFFFFFFFF
        words.append(word - 0x100000000 if word >= 0x80000000 else word)
        magnitude >>= 32
    return JavaObject(
        "java.math.BigInteger", signum=(value > 0) - (value < 0), mag=Array("int", reversed(words))
    )


def _date(value: dt.date) -> JavaObject:
    return JavaObject(_J8 + "LocalDateHandle", day=value.day, month=value.month, year=value.year)


def _time(value: dt.time) -> JavaObject:
    offset = value.utcoffset()
    if offset is not None:
        local = _time(value.replace(tzinfo=None))
        return JavaObject(_J8 + "OffsetTimeHandle", zoneOffset=_zone_offset(offset), localTime=local)
    if value.tzinfo is not None:
        raise ArgumentValueError("a time needs a fixed offset to have a Java form: send a datetime")
    return JavaObject(
        _J8 + "LocalTimeHandle",
        nano=value.microsecond * 1000,
        second=value.second,
        minute=value.minute,
        hour=value.hour,
    )


def _local_date_time(value: dt.datetime) -> JavaObject:
    return JavaObject(_J8 + "LocalDateTimeHandle", time=_time(value.time()), date=_date(value.date()))


def _zone_offset(offset: dt.timedelta) -> JavaObject:
    return JavaObject(_J8 + "ZoneOffsetHandle", seconds=int(offset.total_seconds()))


def _zone(value: dt.tzinfo) -> JavaObject:
    key = getattr(value, "key", None)
    if key is not None:
        return JavaObject(_J8 + "ZoneIdHandle", zoneId=key)
    offset = value.utcoffset(None)
    if offset is None:
        raise ArgumentValueError(f"{value!r} has no Java form")
    return _zone_offset(offset)


def _offset(value: dt.datetime) -> tuple[dt.datetime, JavaObject]:
    aware = value if value.tzinfo is not None else value.astimezone()
    return aware, _zone_offset(aware.utcoffset() or dt.timedelta())


def _offset_date_time(value: dt.datetime) -> JavaObject:
    aware, offset = _offset(value)
    return JavaObject(_J8 + "OffsetDateTimeHandle", offset=offset, dateTime=_local_date_time(aware))


def _zoned_date_time(value: dt.datetime) -> JavaObject:
    aware, offset = _offset(value)
    zone = getattr(aware.tzinfo, "key", None) or _zone_text(offset.seconds)
    return JavaObject(
        _J8 + "ZonedDateTimeHandle", offset=offset, dateTime=_local_date_time(aware), zoneId=zone
    )


def _zone_text(seconds: int) -> str:
    """``Z`` or ``+08:00``, as Java names a fixed offset."""
    if seconds == 0:
        return "Z"
    sign, rest = ("+", seconds) if seconds > 0 else ("-", -seconds)
    text = f"{sign}{rest // 3600:02}:{rest // 60 % 60:02}"
    return f"{text}:{rest % 60:02}" if rest % 60 else text


def _instant(value: dt.datetime) -> JavaObject:
    aware = value if value.tzinfo is not None else value.astimezone()
    since = aware - _EPOCH
    seconds = since.days * _DAY_SECONDS + since.seconds
    return JavaObject(_J8 + "InstantHandle", nanos=since.microseconds * 1000, seconds=Long(seconds))


def _duration(value: dt.timedelta) -> JavaObject:
    seconds = value.days * _DAY_SECONDS + value.seconds
    return JavaObject(_J8 + "DurationHandle", nanos=value.microseconds * 1000, seconds=Long(seconds))


def _uuid(value: uuid.UUID) -> JavaObject:
    return JavaObject("java.util.UUID", value=str(value))


def _class(value: JavaClass) -> JavaObject:
    return JavaObject("java.lang.Class", name=value.name)


def _array(value: array.array[Any]) -> Any:
    component = _ARRAYS.get((value.typecode, value.itemsize))
    if component is None:
        raise ArgumentTypeError(f"array({value.typecode!r}) has no Java form")
    return value.tobytes() if component == "byte" else Array(component, value.tolist())


_ARRAYS = {
    ("b", 1): "byte",
    ("B", 1): "byte",
    ("h", 2): "short",
    ("i", 4): "int",
    ("l", 4): "int",
    ("l", 8): "long",
    ("q", 8): "long",
    ("f", 4): "float",
    ("d", 8): "double",
}

#: Exact class to the function that gives what travels instead.
TO_JAVA: dict[type, Callable[[Any], Any]] = {
    Decimal: big_decimal,
    BigInteger: big_integer,
    uuid.UUID: _uuid,
    dt.date: _date,
    dt.time: _time,
    dt.timedelta: _duration,
    dt.timezone: _zone,
    JavaClass: _class,
    array.array: _array,
    bytearray: bytes,
    memoryview: bytes,
}

_NUMPY = {"i1": "byte", "i2": "short", "i4": "int", "i8": "long", "f4": "float", "f8": "double", "b1": "boolean"}


def convert(value: Any) -> Any:
    """What travels for a value of a class that nothing else knows.

    Raises:
        ArgumentTypeError: nothing does.
    """
    if isinstance(value, dt.tzinfo):
        return _zone(value)
    for base in type(value).__mro__:
        if base in TO_JAVA:
            return TO_JAVA[base](value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    interface = getattr(value, "__array_interface__", None)
    if isinstance(interface, dict):
        component = _NUMPY.get(interface["typestr"][1:])
        if component == "byte":
            return value.tobytes()
        if component is not None and len(interface["shape"]) == 1:
            return Array(component, value.tolist())
        if interface["shape"] == ():
            return value.item()
    name = type(value).__qualname__
    raise ArgumentTypeError(f"{name} has no Java form: register the class with @pd.java_class, or send a JavaObject")


#: Declared Java class to the function that makes it from a Python value, where the class decides.
_DECLARED: dict[str, tuple[type, Callable[[Any], Any], Callable[[str], Any]]] = {
    "java.time.LocalDate": (dt.date, _date, dt.date.fromisoformat),
    "java.time.LocalTime": (dt.time, _time, dt.time.fromisoformat),
    "java.time.LocalDateTime": (dt.datetime, _local_date_time, dt.datetime.fromisoformat),
    "java.time.OffsetDateTime": (dt.datetime, _offset_date_time, dt.datetime.fromisoformat),
    "java.time.ZonedDateTime": (dt.datetime, _zoned_date_time, dt.datetime.fromisoformat),
    "java.time.Instant": (dt.datetime, _instant, dt.datetime.fromisoformat),
    "java.time.Duration": (dt.timedelta, _duration, lambda text: _parse_duration(text)),
    "java.util.UUID": (uuid.UUID, _uuid, uuid.UUID),
    "java.util.Locale": (str, lambda text: JavaObject(_HANDLES + "LocaleHandle", value=text), str),
    "java.time.OffsetTime": (dt.time, _time, dt.time.fromisoformat),
    "java.time.ZoneId": (str, lambda text: JavaObject(_J8 + "ZoneIdHandle", zoneId=text), str),
    "java.util.Currency": (str, lambda text: JavaObject("java.util.Currency", currencyCode=text), str),
    "java.net.URI": (str, lambda text: JavaObject("java.net.URI", string=text), str),
    "java.io.File": (str, lambda text: JavaObject("java.io.File", value=text), str),
}


def parse_text(java_class: str, value: Any) -> Any:
    """What travels for ``value`` where a JDK class is declared; ``None`` when the class says nothing."""
    declared = _DECLARED.get(java_class)
    if declared is None:
        return None
    kind, make, parse = declared
    if isinstance(value, str) and kind is not str:
        value = parse(value.replace("Z", "+00:00") if kind is dt.datetime else value)
    return make(value) if isinstance(value, kind) else None


def _parse_duration(text: str) -> dt.timedelta:
    raise ArgumentValueError(f"send a timedelta instead of the text {text[:64]!r}")


# Java to Python: each function takes the fields by name.


def _int32(value: Any) -> int:
    return int(value) & 0xFFFFFFFF


def _read_big_integer(fields: Mapping[str, Any]) -> int:
    magnitude = 0
    for word in fields["mag"] or ():
        magnitude = magnitude << 32 | _int32(word)
    return magnitude if fields["signum"] >= 0 else -magnitude


def _read_decimal(fields: Mapping[str, Any]) -> Decimal:
    return Decimal(fields["value"])


def _read_uuid(fields: Mapping[str, Any]) -> uuid.UUID:
    text = fields.get("value")
    if text is not None:
        return uuid.UUID(text)
    high, low = fields["mostSigBits"] & (1 << 64) - 1, fields["leastSigBits"] & (1 << 64) - 1
    return uuid.UUID(int=high << 64 | low)


def _read_time(fields: Mapping[str, Any]) -> dt.time:
    return dt.time(fields["hour"], fields["minute"], fields["second"], fields["nano"] // 1000)


def _read_date(fields: Mapping[str, Any]) -> dt.date:
    return dt.date(fields["year"], fields["month"], fields["day"])


def _compact_date(epoch_day: int) -> dt.date:
    return _EPOCH.date() + dt.timedelta(days=epoch_day)


def _compact_time(nano_of_day: int) -> dt.time:
    return (dt.datetime.min + dt.timedelta(microseconds=nano_of_day // 1000)).time()


def _read_offset_time(fields: Mapping[str, Any]) -> dt.time:
    local: dt.time = fields["localTime"]
    return local.replace(tzinfo=fields["zoneOffset"])


def _read_local_date_time(fields: Mapping[str, Any]) -> dt.datetime:
    return dt.datetime.combine(fields["date"], fields["time"])


def _read_offset(fields: Mapping[str, Any]) -> dt.timezone:
    return dt.timezone(dt.timedelta(seconds=fields["seconds"]))


def _read_offset_date_time(fields: Mapping[str, Any]) -> dt.datetime:
    moment: dt.datetime = fields["dateTime"]
    return moment.replace(tzinfo=fields["offset"])


def _read_zoned_date_time(fields: Mapping[str, Any]) -> dt.datetime:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    moment: dt.datetime = fields["dateTime"]
    try:
        return moment.replace(tzinfo=ZoneInfo(fields["zoneId"]))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.replace(tzinfo=fields["offset"])


def _read_instant(fields: Mapping[str, Any]) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=fields["seconds"], microseconds=fields["nanos"] // 1000)


def _read_duration(fields: Mapping[str, Any]) -> dt.timedelta:
    return dt.timedelta(seconds=fields["seconds"], microseconds=fields["nanos"] // 1000)


def _read_frame(fields: Mapping[str, Any]) -> StackFrame:
    return StackFrame(
        fields["declaringClass"] or "", fields["methodName"] or "", fields.get("fileName"), fields["lineNumber"]
    )


def _single(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda fields: fields[name]


def _sql(kind: Callable[[Any], Any]) -> Callable[[Mapping[str, Any]], Any]:
    return lambda fields: kind(fields["value"])


#: Java class to the function that gives the Python value. A value that Python cannot hold (year 10000, a field
#: of another type) makes the function fail; the object then stays a :class:`JavaObject`.
FROM_JAVA: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "java.math.BigDecimal": _read_decimal,
    "java.math.BigInteger": _read_big_integer,
    "java.util.UUID": _read_uuid,
    "java.time.LocalDate": lambda fields: _compact_date(fields["epochDay"]),
    "java.time.LocalTime": lambda fields: _compact_time(fields["nanoOfDay"]),
    "java.time.LocalDateTime": lambda fields: dt.datetime.combine(
        _compact_date(fields["date"]), _compact_time(fields["time"])
    ),
    "java.lang.StackTraceElement": _read_frame,
    "java.lang.Class": lambda fields: JavaClass(fields["name"]),
    "java.sql.Date": _sql(SqlDate),
    "java.sql.Time": _sql(SqlTime),
    "java.sql.Timestamp": _sql(SqlTimestamp),
    "java.util.concurrent.atomic.AtomicInteger": _single("value"),
    "java.util.concurrent.atomic.AtomicLong": _single("value"),
    "java.util.concurrent.atomic.AtomicBoolean": lambda fields: bool(fields["value"]),
    "java.util.concurrent.atomic.AtomicReference": _single("value"),
    "java.util.Currency": _single("currencyCode"),
    "java.net.URI": _single("string"),
    _HANDLES + "LocaleHandle": _single("value"),
    _HANDLES + "CalendarHandle": _single("date"),
    _HANDLES + "ByteHandle": _single("_value"),
    _HANDLES + "ShortHandle": _single("_value"),
    _HANDLES + "FloatHandle": _single("_value"),
    "com.caucho.hessian.io.ByteHandle": _single("_value"),
    "com.caucho.hessian.io.ShortHandle": _single("_value"),
    "com.caucho.hessian.io.FloatHandle": _single("_value"),
    _J8 + "LocalDateHandle": _read_date,
    _J8 + "LocalTimeHandle": _read_time,
    _J8 + "LocalDateTimeHandle": _read_local_date_time,
    _J8 + "InstantHandle": _read_instant,
    _J8 + "DurationHandle": _read_duration,
    _J8 + "ZoneOffsetHandle": _read_offset,
    _J8 + "ZoneIdHandle": _single("zoneId"),
    _J8 + "OffsetTimeHandle": _read_offset_time,
    _J8 + "YearHandle": _single("year"),
    _J8 + "OffsetDateTimeHandle": _read_offset_date_time,
    _J8 + "ZonedDateTimeHandle": _read_zoned_date_time,
}


def as_exception(value: Any) -> RemoteException:
    """An exception for an object that a peer threw although it is none here; Dubbo itself refuses such answers."""
    if isinstance(value, JavaObject):
        fields = value.to_dict()
        message = fields.pop("detailMessage", None)
        return RemoteException(message, java_class=value.java_class, fields=fields)
    return RemoteException(f"the service threw {type(value).__name__}", fields={"value": value})
