"""Annotations to Java types, and Python values to Java values and back."""

from __future__ import annotations

import array
import dataclasses
import datetime as dt
import enum
import gc
import pickle
import random
import uuid
from decimal import Decimal
from typing import Annotated, Any, Optional
from zoneinfo import ZoneInfo

import pytest

import polydubbo as pd
from polydubbo import _javatypes, _native, _values
from polydubbo._registry import Registry, _Registration
from polydubbo._schema import schema_of

UTC = dt.timezone.utc


@pd.java_enum("demo.Color")
class Color(enum.Enum):
    RED = 1
    BLUE = 2


@pd.java_class("demo.Address", snake_to_camel=True)
@dataclasses.dataclass
class Address:
    street_name: str
    zip_code: pd.Int = 0


@pd.java_class("demo.User")
@dataclasses.dataclass
class User:
    id: pd.Long
    name: str
    score: pd.Float = 0.0
    color: Color = Color.RED
    address: Address | None = None
    tags: set[str] = dataclasses.field(default_factory=set)
    friends: list[User] = dataclasses.field(default_factory=list)
    secret: str = pd.field(default="hidden", skip=True)
    mail: str = pd.field(default="", name="eMail")


@pd.java_class("demo.Frozen")
@dataclasses.dataclass(frozen=True)
class Frozen:
    __slots__ = ("x", "y")
    x: int
    y: float


@pd.java_exception("demo.BizException")
class BizError(pd.RemoteException):
    reason: str
    level: pd.Long


def one(value: Any, java_type: str | None = None, **options: Any) -> Any:
    """The value after a journey to bytes and back."""
    types = None if java_type is None else [java_type]
    (got,) = _native.decode(_native.encode(value, java_types=types), **options)
    return got


class TestAnnotations:
    @pytest.mark.parametrize(
        ("annotation", "java_type"),
        [
            (int, "int"),
            (float, "double"),
            (bool, "boolean"),
            (str, "java.lang.String"),
            (bytes, "byte[]"),
            (list, "java.util.List"),
            (dict, "java.util.Map"),
            (set, "java.util.Set"),
            (Any, "java.lang.Object"),
            (object, "java.lang.Object"),
            (None, "void"),
            (dt.datetime, "java.util.Date"),
            (dt.date, "java.time.LocalDate"),
            (Decimal, "java.math.BigDecimal"),
            (uuid.UUID, "java.util.UUID"),
            (pd.Long, "long"),
            (pd.LongBox, "java.lang.Long"),
            (pd.Short, "short"),
            (pd.Char, "char"),
            (pd.Bool, "boolean"),
            (pd.BoolBox, "java.lang.Boolean"),
            (Optional[int], "java.lang.Integer"),
            (pd.Long | None, "java.lang.Long"),
            (list[int], "java.util.List<java.lang.Integer>"),
            (list[pd.Long], "java.util.List<java.lang.Long>"),
            (tuple[str, ...], "java.util.List<java.lang.String>"),
            (dict[str, list[float]], "java.util.Map<java.lang.String,java.util.List<java.lang.Double>>"),
            (pd.ArrayOf[pd.Int], "int[]"),
            (pd.ArrayOf[str], "java.lang.String[]"),
            (pd.ArrayOf[pd.ArrayOf[pd.Long]], "long[][]"),
            (Annotated[int, pd.JavaType("short")], "short"),
            (Annotated[int, pd.Long], "long"),
            (Annotated[list[Any], pd.JavaType("java.util.LinkedList")], "java.util.LinkedList"),
            (User, "demo.User"),
            (list[User], "java.util.List<demo.User>"),
            (Color, "demo.Color"),
        ],
    )
    def test_an_annotation_means_a_java_type(self, annotation: Any, java_type: str) -> None:
        assert _javatypes.java_type(annotation) == java_type

    @pytest.mark.parametrize("annotation", [int | str, User | Address, type("Unknown", (), {})])
    def test_what_java_cannot_say_is_refused(self, annotation: Any) -> None:
        with pytest.raises(pd.InvalidArgumentError):
            _javatypes.java_type(annotation)

    @pytest.mark.parametrize(
        ("java_type", "descriptor"),
        [
            ("int", "I"),
            ("long[][]", "[[J"),
            ("java.lang.String", "Ljava/lang/String;"),
            ("java.util.List<java.util.Map<java.lang.String,int[]>>", "Ljava/util/List;"),
            ("java.util.List<demo.User>[]", "[Ljava/util/List;"),
            ("demo.Outer$Inner", "Ldemo/Outer$Inner;"),
        ],
    )
    def test_descriptors_are_erased(self, java_type: str, descriptor: str) -> None:
        assert _javatypes.descriptor(java_type) == descriptor

    @pytest.mark.parametrize("name", ["", "1a", "a..b", "a b", "a;", "x" * 600, "void[]"])
    def test_names_that_java_could_not_have_are_refused(self, name: str) -> None:
        with pytest.raises(pd.InvalidArgumentError):
            _javatypes.descriptor(name)


class TestSchema:
    def test_methods_overloads_and_options(self) -> None:
        class Api(pd.Interface, name="demo.Api", version="1.0"):
            async def say(self, name: str) -> str: ...

            @pd.method(name="say", params=["int", "java.util.List<java.lang.Long>"], timeout=2.5, oneway=True)
            def say_many(self, count, names) -> None: ...  # type: ignore[no-untyped-def]

            def _private(self) -> None: ...

        schema = schema_of(Api)
        assert (schema.name, schema.version, schema.group) == ("demo.Api", "1.0", None)
        assert set(schema.methods) == {"say", "say_many"}
        assert schema.method("say").descriptor == "Ljava/lang/String;"
        assert schema.method("say").returns == "java.lang.String"
        many = schema.find("say", "ILjava/util/List;")
        assert (many.attribute, many.timeout, many.oneway, many.returns) == ("say_many", 2.5, True, "void")

    def test_arguments_are_bound_as_in_python(self) -> None:
        class Api(pd.Interface, name="demo.Defaults"):
            def add(self, first: int, second: int = 2) -> int: ...

        schema = schema_of(Api).method("add")
        assert schema.arguments((1,), {}) == (1, 2)
        assert schema.arguments((1,), {"second": 5}) == (1, 5)
        with pytest.raises(TypeError, match="add"):
            schema.arguments((), {})
        with pytest.raises(TypeError, match="third"):
            schema.arguments((1, 2), {"third": 3})

    def test_mistakes_name_the_method(self) -> None:
        class Api(pd.Interface, name="demo.Mistakes"):
            def f(self, untyped) -> None: ...  # type: ignore[no-untyped-def]

        with pytest.raises(pd.InvalidArgumentError, match=r"Api\.f: the parameter 'untyped'"):
            schema_of(Api)

        class Twice(pd.Interface, name="demo.Twice"):
            def f(self, x: int) -> None: ...

            @pd.method(name="f")
            def g(self, x: int) -> None: ...

        with pytest.raises(pd.InvalidArgumentError, match="two methods"):
            schema_of(Twice)


class TestScalars:
    @pytest.mark.parametrize(
        ("value", "java_type", "hex_bytes"),
        [
            (1, "int", "91"),
            (1, "long", "e1"),
            (pd.Long(1), None, "e1"),
            (1, "double", "5c"),
            (1.1, "float", "5f0000044c"),
            (True, "boolean", "54"),
            (None, "java.lang.Long", "4e"),
            ("x", "char", "0178"),
            (b"ab", "byte[]", "226162"),
            (bytearray(b"ab"), "byte[]", "226162"),
            (memoryview(b"ab"), "byte[]", "226162"),
            ([1, 2], "byte[]", "220102"),
            ([1, 2], "int[]", "72045b696e749192"),
            ([1, 2], "long[]", "72055b6c6f6e67e1e2"),
            ([1.5], "float[]", "71065b666c6f61745f000005dc"),
            ([1], "java.util.List<java.lang.Long>", "79e1"),
            ((1,), "java.util.Collection<java.lang.Integer>", "7991"),
            (["a"], "java.util.Queue<java.lang.String>", "71146a6176612e7574696c2e4c696e6b65644c6973740161"),
            ({"a": 1}, "java.util.Map<java.lang.String,java.lang.Long>", "480161e15a"),
            (2**40, None, "4c0000010000000000"),
            (array.array("i", [1]), None, "71045b696e7491"),
            (dt.datetime(1970, 1, 1, tzinfo=UTC), "java.util.Date", "4b00000000"),
            (dt.datetime(1969, 12, 31, 23, 59, 59, 999500, UTC), "java.util.Date", "4affffffffffffffff"),
        ],
    )
    def test_bytes(self, value: Any, java_type: str | None, hex_bytes: str) -> None:
        types = None if java_type is None else [java_type]
        assert _native.encode(value, java_types=types).hex() == hex_bytes

    @pytest.mark.parametrize(
        ("value", "java_type"),
        [(128, "byte"), (-32769, "short"), (2**31, "int"), (2**63, "long"), (-(2**70), "long"), (1e39, "float")],
    )
    def test_values_out_of_range_raise_overflow(self, value: Any, java_type: str) -> None:
        with pytest.raises(OverflowError, match="out of range for " + java_type):
            _native.encode(value, java_types=[java_type])

    @pytest.mark.parametrize(
        ("value", "java_type"),
        [
            (1.0, "int"),
            (True, "int"),
            ("1", "int"),
            (1, "boolean"),
            ("1", "double"),
            (True, "double"),
            (1, "java.lang.String"),
            (b"x", "java.lang.String"),
            ("x", "byte[]"),
            ("abc", "java.util.List"),
            ({"a": 1}, "java.util.List"),
            ([1], "java.util.Map"),
            (None, "int"),
            (1.5, "java.math.BigDecimal"),
            ("text", "demo.Unregistered"),
            (object(), "java.lang.Object"),
        ],
    )
    def test_values_of_another_type_raise_type_error(self, value: Any, java_type: str) -> None:
        with pytest.raises(TypeError):
            _native.encode(value, java_types=[java_type])

    def test_errors_name_the_place(self) -> None:
        value = {"users": [User(1, "a"), User(2, "b", friends=["no user"])]}  # type: ignore[list-item]
        with pytest.raises(TypeError, match=r"value\.users\[1\]\.friends\[0\]: expected demo\.User, got str"):
            _native.encode(value)

    @pytest.mark.parametrize("text", ["", "ascii", "äöü", "日本語", "😀 x", "a\0b", "\ud83d", "x\udc00y", "y" * 70000])
    def test_strings_come_back(self, text: str) -> None:
        assert one(text) == text
        assert one({text: [text]}) == {text: [text]}

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            False,
            0,
            -17,
            2**31,
            2**63 - 1,
            -(2**63),
            2**63,
            -(2**200) + 12345,
            0.0,
            1e300,
            float("inf"),
            Decimal("12.340"),
            Decimal("-1E+30"),
            b"",
            b"x" * 100_000,
            uuid.UUID(int=2**127 + 5),
            dt.date(2024, 2, 29),
            dt.time(23, 59, 58, 123456),
            dt.timedelta(days=-3, microseconds=5),
            dt.datetime(2024, 2, 29, 1, 2, 3, 4000, UTC),
            dt.datetime(2038, 1, 19, 3, 14, 7, 999000, UTC),
            dt.datetime(2254, 12, 31, 23, 59, 59, 999000, UTC),
            dt.datetime(9999, 12, 31, 23, 59, 59, 999000, UTC),
            dt.datetime(1, 1, 1, 0, 0, 0, 1000, UTC),
            dt.datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
            pd.JavaClass("demo.User"),
            pd.SqlTimestamp(dt.datetime(2020, 1, 1, tzinfo=UTC)),
            pd.JDate(2**62),
            dt.timezone(dt.timedelta(hours=8)),
            {"a": [1, {"b": None}]},
            {1: "int", "1": "text", None: "null", 2.5: "double"},
            [[], [[]], {}],
            {1, 2, "x"},
            set(),
            Color.BLUE,
            pd.JavaObject("demo.Some", a=1, b=[2]),
        ],
        ids=repr,
    )
    def test_values_come_back(self, value: Any) -> None:
        got = one(value)
        assert got == value and type(got) is type(value)

    def test_dates_of_all_years_keep_their_milliseconds(self) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        source = random.Random(seed)
        for limit in (10**9, 10**12, 4 * 10**12, 9 * 10**12, 250 * 10**12):
            for _ in range(500):
                ms = source.randrange(-min(limit, 62 * 10**12), limit)
                value = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(milliseconds=ms, microseconds=source.randrange(1000))
                got = one(value)
                assert got == value.replace(microsecond=value.microsecond // 1000 * 1000), (ms, value)
                assert _values.ms_of(got) == ms

    def test_dates_keep_the_calendar_of_datetime(self) -> None:
        epoch, last = dt.datetime(1970, 1, 1, tzinfo=UTC), dt.timedelta(days=1, milliseconds=-1)
        days = [dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, tzinfo=UTC)]
        for year in range(1, 10_000):
            march = dt.datetime(year, 3, 1, tzinfo=UTC)
            days += [march, march - dt.timedelta(days=1), dt.datetime(year, 12, 31, tzinfo=UTC)]
        for month in range(1, 13):
            days += [dt.datetime(year, month, day, tzinfo=UTC) for year in (1900, 2000, 2023, 2024) for day in (1, 28)]
        moments = [moment for day in days for moment in (day, day + last)]
        assert one(moments) == moments
        for edge, outwards in ((moments[0], -1), (moments[3], 1)):
            ms = (edge - epoch) // dt.timedelta(milliseconds=1)
            assert one(pd.JDate(ms)) == edge
            assert one(pd.JDate(ms + outwards)) == pd.JDate(ms + outwards)

    def test_a_time_is_sent_as_its_moment_in_whatever_zone(self) -> None:
        moment = dt.datetime(2024, 2, 29, 23, 30, 1, 234567, UTC)
        for zone in (ZoneInfo("Asia/Shanghai"), dt.timezone(dt.timedelta(hours=-3, minutes=-30)), None):
            value = moment.astimezone(zone)
            if zone is None:
                value = value.replace(tzinfo=None)
            assert one(value) == moment.replace(microsecond=234000), zone
        zone = dt.timezone(dt.timedelta(hours=14))
        assert one(dt.datetime(1, 1, 1, 14, tzinfo=zone)) == dt.datetime(1, 1, 1, tzinfo=UTC)

    def test_numbers_that_python_holds_equal_stay_apart_as_keys(self) -> None:
        pairs = [(1, "int"), (1.0, "double"), (True, "boolean"), (pd.Long(1), "long")]
        got = one(pd.JMap(pairs))
        # `int` and `long` are one type here, so the last of the two wins, as it does in Java's own maps.
        assert isinstance(got, pd.JMap)
        assert [(type(key), value) for key, value in got][:3] == [(int, "int"), (float, "double"), (bool, "boolean")]

    def test_keys_that_cannot_be_hashed_make_pairs(self) -> None:
        got = one(pd.JMap([([1], "list"), ("text", "x")]))
        assert isinstance(got, pd.JMap) and list(got) == [([1], "list"), ("text", "x")]

    @pytest.mark.parametrize(
        ("value", "java_type", "wire_class"),
        [
            ("2024-02-29", "java.time.LocalDate", "java8.LocalDateHandle"),
            (dt.datetime(2024, 1, 1, 2, 3), "java.time.LocalDateTime", "java8.LocalDateTimeHandle"),
            (dt.datetime(2024, 1, 1, tzinfo=UTC), "java.time.Instant", "java8.InstantHandle"),
            (dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")), "java.time.ZonedDateTime", "ZonedDateTimeHandle"),
            (dt.datetime(2024, 1, 1, tzinfo=UTC), "java.time.OffsetDateTime", "OffsetDateTimeHandle"),
            ("zh_CN", "java.util.Locale", "LocaleHandle"),
            ("00000000-0000-0001-0000-000000000002", "java.util.UUID", "java.util.UUID"),
            ("12.5", "java.math.BigDecimal", "java.math.BigDecimal"),
            (5, "java.math.BigInteger", "java.math.BigInteger"),
        ],
    )
    def test_declared_jdk_classes(self, value: Any, java_type: str, wire_class: str) -> None:
        body = _native.encode(value, java_types=[java_type])
        (lossless,) = _native.decode(body, lossless=True)
        assert lossless.java_class.endswith(wire_class)
        (friendly,) = _native.decode(body)
        assert not isinstance(friendly, pd.JavaObject)
        if not isinstance(value, str):
            assert friendly == value


class TestClasses:
    def test_a_dataclass_travels_as_its_java_class(self) -> None:
        user = User(7, "bob", 1.5, Color.BLUE, Address("Main", 12345), {"a", "b"}, mail="b@x")
        (lossless,) = _native.decode(_native.encode(user), lossless=True)
        assert lossless.java_class == "demo.User"
        assert list(lossless) == ["id", "name", "score", "color", "address", "tags", "friends", "eMail"]
        assert type(lossless["id"]) is pd.Long and lossless["address"]["streetName"] == "Main"
        got = one(user)
        assert got == user and type(got.address) is Address and got.secret == "hidden"

    def test_missing_fields_get_defaults_and_unknown_ones_are_ignored(self) -> None:
        got = one(pd.JavaObject("demo.User", name="x", unknown=1))
        assert got == User(0, "x")
        other = one(pd.JavaObject("demo.User", name="y"))
        assert got.friends is not other.friends

    def test_strict_classes_refuse_unknown_fields(self) -> None:
        @pd.java_class("demo.Strict", strict=True)
        @dataclasses.dataclass
        class Strict:
            a: int = 0

        assert one(Strict(3)) == Strict(3)
        with pytest.raises(ValueError, match=r"demo\.Strict has no field b"):
            one(pd.JavaObject("demo.Strict", a=1, b=2))

    def test_frozen_classes_with_slots(self) -> None:
        assert one(Frozen(1, 2.5)) == Frozen(1, 2.5)

    def test_post_init_runs_only_on_demand(self) -> None:
        @pd.java_class("demo.Quiet")
        @dataclasses.dataclass
        class Quiet:
            a: int

            def __post_init__(self) -> None:
                raise AssertionError("must not run")

        @pd.java_class("demo.Loud", post_init=True)
        @dataclasses.dataclass
        class Loud:
            a: int

            def __post_init__(self) -> None:
                self.a += 1

        assert one(pd.JavaObject("demo.Quiet", a=1)).a == 1
        assert one(pd.JavaObject("demo.Loud", a=1)).a == 2

    def test_dicts_where_a_class_is_declared(self) -> None:
        assert one({"id": 1, "name": "x"}, "demo.User") == User(1, "x")
        (lossless,) = _native.decode(_native.encode({"id": 1}, java_types=["demo.User"]), lossless=True)
        assert list(lossless) == ["id"] and type(lossless.id) is pd.Long
        with pytest.raises(ValueError, match="no field nme"):
            _native.encode({"nme": "x"}, java_types=["demo.User"])
        got = one({"a": 1}, "demo.Nowhere")
        assert got == pd.JavaObject("demo.Nowhere", a=1)

    def test_enums(self) -> None:
        assert one("RED", "demo.Color") is Color.RED
        assert one(pd.JavaEnum("demo.Color", "GREEN")) == pd.JavaEnum("demo.Color", "GREEN")
        assert one([Color.RED, Color.RED, Color.BLUE]) == [Color.RED, Color.RED, Color.BLUE]

        class Unregistered(enum.Enum):
            A = 1

        with pytest.raises(TypeError, match="java_enum"):
            _native.encode(Unregistered.A)

    def test_a_class_may_be_registered_after_it_was_looked_for(self) -> None:
        registry = Registry()
        for module in (__name__, "decimal"):

            @dataclasses.dataclass
            class Late:
                x: int = 0

            Late.__module__ = module
            assert registry.resolve_python(Late) is None
            assert registry.resolve_python(Late) is None
            registry.add(_Registration(Late, f"demo.{module}.Late", "bean", {}, False, False, False))
            assert registry.by_python.get(Late, 0) == 0
            found = registry.resolve_python(Late)
            assert found is not None and found is registry.by_python[Late]

    def test_unregistered_classes_become_java_objects(self) -> None:
        sent = pd.JavaObject("demo.Other", [("x", 1), ("to_dict", 2)])
        got = one(sent)
        assert got.x == 1 and got["to_dict"] == 2 and got.java_class == "demo.Other"
        assert got.to_dict() == {"x": 1, "to_dict": 2} and "x" in got and len(got) == 2
        got.x, got.y = 5, 6
        assert one(got) == pd.JavaObject("demo.Other", x=5, to_dict=2, y=6)
        with pytest.raises(AttributeError, match="no field 'zzz'"):
            _ = got.zzz

    def test_a_second_class_for_one_java_class_is_refused(self) -> None:
        with pytest.raises(pd.InvalidArgumentError, match=r"demo\.User is registered"):

            @pd.java_class("demo.User")
            class Impostor:
                pass

    def test_sharing_and_cycles_survive(self) -> None:
        friend = User(2, "friend")
        user = User(1, "user", friends=[friend, friend])
        friend.friends.append(user)
        got = one(user)
        assert got.friends[0] is got.friends[1] and got.friends[0].friends[0] is got
        ring: list[Any] = []
        ring.append({"ring": ring})
        got = one(ring)
        assert got[0]["ring"] is got
        shared = [1]
        first, second = one([shared, shared])
        assert first is second
        node = pd.JavaObject("demo.Node", next=None)
        node.next = node
        got = one(node)
        assert got.next is got and "JavaObject(...)" in repr(got)

    def test_depth_is_limited_both_ways(self) -> None:
        deep: Any = []
        for _ in range(600):
            deep = [deep]
        with pytest.raises(ValueError, match="nest too deeply"):
            _native.encode(deep)
        with pytest.raises(pd.SerializationError, match="nest too deeply"):
            _native.decode(b"\x79" * 600)

    def test_deep_values_fit_the_stack_of_a_thread(self) -> None:
        import threading

        deep: Any = User(1, "x")
        for _ in range(500):
            deep = {"d": deep}
        done = []
        before = threading.stack_size(1 << 20)
        try:
            thread = threading.Thread(target=lambda: done.append(one(deep)))
            thread.start()
        finally:
            threading.stack_size(before)
        thread.join()
        assert done

    def test_a_list_that_shrinks_while_it_is_sent_raises(self) -> None:
        items: list[Any] = []

        @pd.java_class("demo.Shrinking")
        class Shrinking:
            x: int

            def __getattribute__(self, name: str) -> Any:
                items.clear()
                return 1

        items.extend([Shrinking(), 2, 3])
        with pytest.raises(IndexError):
            _native.encode(items)

    def test_a_dict_that_grows_while_it_is_sent_raises(self) -> None:
        entries: dict[str, Any] = {}

        @pd.java_class("demo.Growing")
        class Growing:
            x: int

            def __getattribute__(self, name: str) -> Any:
                entries[f"more {len(entries)}"] = 1
                return 1

        entries.update(a=Growing(), b=2)
        with pytest.raises(ValueError, match="changed its size"):
            _native.encode(entries)

    def test_nothing_leaks(self) -> None:
        user = User(1, "x", friends=[User(2, "y")])
        gc.collect()
        one(user)
        before = len(gc.get_objects())
        for _ in range(200):
            one(user)
        gc.collect()
        assert len(gc.get_objects()) - before < 50

    def test_java_values_can_be_pickled(self) -> None:
        for value in [
            pd.JavaObject("demo.A", x=[1]),
            pd.TypedList("java.util.LinkedList", [1]),
            pd.Array("int", [1]),
            pd.TypedMap("java.util.TreeMap", {"a": 1}),
            pd.JMap([(1, 2)]),
            pd.JavaEnum("demo.Color", "RED"),
        ]:
            again = pickle.loads(pickle.dumps(value))
            assert again == value and type(again) is type(value)


class TestExceptions:
    def test_a_registered_exception_keeps_class_fields_and_cause(self) -> None:
        error = BizError("went wrong", cause=pd.RemoteException("root", java_class="demo.Root"))
        error.reason, error.level = "why", 2**40
        got = one(error)
        assert type(got) is BizError and got.java_message == "went wrong"
        assert (got.reason, got.level) == ("why", 2**40) and str(got) == "demo.BizException: went wrong"
        assert got.__cause__ is got.java_cause and got.java_cause.java_class == "demo.Root"

    def test_other_exceptions_become_runtime_exceptions(self) -> None:
        got = one(KeyError("k"))
        assert type(got) is pd.RemoteException and got.java_class == "java.lang.RuntimeException"
        assert got.java_message == "KeyError: 'k'" and got.java_cause is None and got.__cause__ is None

    def test_stack_and_fields_of_unregistered_exceptions(self) -> None:
        error = pd.RemoteException("m", java_class="demo.OtherException", fields={"code": 7})
        error.java_stack = [pd.StackFrame("demo.Api", "call", "Api.java", 12), pd.StackFrame("x.Y", "n", None, -2)]
        got = one(error)
        assert got.fields == {"code": 7} and got.java_stack == error.java_stack
        assert got.format_java_stack().splitlines() == [
            "demo.OtherException: m",
            "\tat demo.Api.call(Api.java:12)",
            "\tat x.Y.n(Native Method)",
        ]

    def test_a_cycle_of_causes_is_printed_once(self) -> None:
        first, second = pd.RemoteException("1"), pd.RemoteException("2")
        first.java_cause, second.java_cause = second, first
        assert first.format_java_stack().count("Caused by") == 1

    def test_errors_derive_from_one_base_and_builtin_kinds(self) -> None:
        from polydubbo.errors import error_from_code

        for code, kinds in [
            (2, (pd.RpcError, pd.NetworkError, ConnectionError)),
            (3, (pd.RpcError, pd.RpcTimeoutError, TimeoutError)),
            (103, (pd.RpcTimeoutError,)),
            (111, (pd.ThreadPoolExhaustedError, pd.RpcError)),
            (302, (pd.ForkedError, RuntimeError)),
            (304, (pd.ConfigError, ValueError)),
            (999, (pd.InternalError,)),
        ]:
            error = error_from_code(code, "text", {"service": "x"})
            assert isinstance(error, pd.DubboError) and all(isinstance(error, kind) for kind in kinds)
            assert (error.code, str(error), error.context) == (code, "text", {"service": "x"})
