//! How a value of one Java type is encoded and coerced, compiled once from the type's name.

use std::fmt;

/// Whether null is a value of the type: a box or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Null {
    Forbidden,
    Allowed,
}

/// The integer types that share Hessian's int form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntKind {
    Byte,
    Short,
    Int,
}

impl IntKind {
    /// Java's name, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Int => "int",
        }
    }

    /// True when `value` fits.
    pub(crate) fn holds(self, value: i32) -> bool {
        match self {
            Self::Byte => i8::try_from(value).is_ok(),
            Self::Short => i16::try_from(value).is_ok(),
            Self::Int => true,
        }
    }
}

/// A Java type as the encoder sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// `Object`, interfaces, type variables: the value decides.
    Any,
    /// No value.
    Void,
    Bool(Null),
    Int(IntKind, Null),
    Long(Null),
    Float(Null),
    Double(Null),
    Char(Null),
    Str,
    Bytes,
    Date,
    /// `java.sql` classes, which travel as objects around a date.
    Sql(Box<str>),
    BigDecimal,
    BigInteger,
    /// `java.lang.Class`.
    Class,
    /// Arrays other than `byte[]` and `char[]`, with the type as Hessian writes it, for example `[int`.
    Array {
        wire: Box<str>,
        element: Box<Self>,
    },
    /// Lists; `wire` is absent where Java's default list class will do.
    List {
        wire: Option<Box<str>>,
        element: Box<Self>,
    },
    /// Sets are lists on the wire and always carry a class.
    Set {
        wire: Box<str>,
        element: Box<Self>,
    },
    Map {
        wire: Option<Box<str>>,
        key: Box<Self>,
        value: Box<Self>,
    },
    /// Any other class: a registered bean or enum, a JDK value class, an interface of the user.
    Object(Box<str>),
}

/// A type name that Java would not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadType(String);

impl fmt::Display for BadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a Java type: {}", self.0)
    }
}

impl Plan {
    /// Compiles a type as Java writes it, with type arguments: `java.util.List<java.lang.Long>`, `int[][]`.
    pub(crate) fn parse(text: &str) -> Result<Self, BadType> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let plan = parser.plan()?;
        parser.space();
        if parser.at == text.len() { Ok(plan) } else { Err(parser.bad()) }
    }

    /// True when a value of this type may be null.
    pub(crate) fn allows_null(&self) -> bool {
        !matches!(
            self,
            Self::Bool(Null::Forbidden)
                | Self::Int(_, Null::Forbidden)
                | Self::Long(Null::Forbidden)
                | Self::Float(Null::Forbidden)
                | Self::Double(Null::Forbidden)
                | Self::Char(Null::Forbidden)
        )
    }

    /// True when values of this type are objects on the wire.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Sql(_) | Self::BigDecimal | Self::BigInteger | Self::Class | Self::Object(_))
    }

    /// Java's name of the type, for messages.
    pub(crate) fn describe(&self) -> &str {
        match self {
            Self::Any => "object",
            Self::Void => "void",
            Self::Bool(_) => "boolean",
            Self::Int(kind, _) => kind.name(),
            Self::Long(_) => "long",
            Self::Float(_) => "float",
            Self::Double(_) => "double",
            Self::Char(_) => "char",
            Self::Str => "String",
            Self::Bytes => "byte[]",
            Self::Date => "java.util.Date",
            Self::Sql(name) | Self::Object(name) => name,
            Self::BigDecimal => "java.math.BigDecimal",
            Self::BigInteger => "java.math.BigInteger",
            Self::Class => "java.lang.Class",
            Self::Array { .. } => "array",
            Self::List { .. } => "list",
            Self::Set { .. } => "set",
            Self::Map { .. } => "map",
        }
    }
}

/// Type arguments nest, so their depth is bounded.
const MAX_DEPTH: usize = 32;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn bad(&self) -> BadType {
        BadType(self.text.chars().take(256).collect())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn plan(&mut self) -> Result<Plan, BadType> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad());
        }
        let name = self.name()?;
        let arguments = self.arguments()?;
        let mut plan = class_plan(name, &arguments);
        // What Hessian calls the type, which gets a bracket in front for each dimension.
        let mut wire = wire_component(name).to_owned();
        while self.eat("[]") {
            wire.insert(0, '[');
            plan = match wire.as_str() {
                "[byte" => Plan::Bytes,
                "[char" => Plan::Str,
                _ => Plan::Array { wire: wire.as_str().into(), element: Box::new(plan) },
            };
        }
        self.depth -= 1;
        Ok(plan)
    }

    fn name(&mut self) -> Result<&'a str, BadType> {
        self.space();
        if self.eat("?") {
            // A wildcard means what bounds it.
            return if self.eat("extends ") { self.name() } else { Ok("java.lang.Object") };
        }
        let end = self.rest().find(|c: char| !(c.is_alphanumeric() || "._$".contains(c)));
        let name = &self.rest()[..end.unwrap_or_else(|| self.rest().len())];
        let starts_name = |c: char| c.is_alphabetic() || c == '_' || c == '$';
        if name.len() > 512 || !name.split('.').all(|part| part.starts_with(starts_name)) {
            return Err(self.bad());
        }
        self.at += name.len();
        Ok(name)
    }

    fn arguments(&mut self) -> Result<Vec<Plan>, BadType> {
        let mut arguments = Vec::new();
        if !self.eat("<") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.plan()?);
            if self.eat(">") {
                return Ok(arguments);
            }
            if !self.eat(",") {
                return Err(self.bad());
            }
        }
    }
}

/// Hessian has short names for a few component types.
fn wire_component(name: &str) -> &str {
    match name {
        "java.lang.String" => "string",
        "java.lang.Object" => "object",
        "java.util.Date" => "date",
        other => other,
    }
}

fn class_plan(name: &str, arguments: &[Plan]) -> Plan {
    use Null::{Allowed, Forbidden};
    match name {
        "void" | "java.lang.Void" => Plan::Void,
        "boolean" => Plan::Bool(Forbidden),
        "byte" => Plan::Int(IntKind::Byte, Forbidden),
        "short" => Plan::Int(IntKind::Short, Forbidden),
        "int" => Plan::Int(IntKind::Int, Forbidden),
        "long" => Plan::Long(Forbidden),
        "float" => Plan::Float(Forbidden),
        "double" => Plan::Double(Forbidden),
        "char" => Plan::Char(Forbidden),
        "java.lang.Boolean" => Plan::Bool(Allowed),
        "java.lang.Byte" => Plan::Int(IntKind::Byte, Allowed),
        "java.lang.Short" => Plan::Int(IntKind::Short, Allowed),
        "java.lang.Integer" => Plan::Int(IntKind::Int, Allowed),
        "java.lang.Long" => Plan::Long(Allowed),
        "java.lang.Float" => Plan::Float(Allowed),
        "java.lang.Double" => Plan::Double(Allowed),
        "java.lang.Character" => Plan::Char(Allowed),
        "java.lang.String" | "java.lang.CharSequence" => Plan::Str,
        "java.lang.Object" | "java.lang.Number" | "java.lang.Comparable" | "java.io.Serializable" => {
            Plan::Any
        }
        "java.util.Date" => Plan::Date,
        "java.sql.Date" | "java.sql.Time" | "java.sql.Timestamp" => Plan::Sql(name.into()),
        "java.math.BigDecimal" => Plan::BigDecimal,
        "java.math.BigInteger" => Plan::BigInteger,
        "java.lang.Class" => Plan::Class,
        _ => collection_plan(name, arguments),
    }
}

/// Collections and maps by name; an interface gets a class that every Java peer can assign to it.
fn collection_plan(name: &str, arguments: &[Plan]) -> Plan {
    let argument = |index: usize| Box::new(arguments.get(index).cloned().unwrap_or(Plan::Any));
    let list = |wire: Option<&str>| Plan::List { wire: wire.map(Into::into), element: argument(0) };
    let set = |wire: &str| Plan::Set { wire: wire.into(), element: argument(0) };
    let map = |wire: Option<&str>| {
        let wire = wire.map(Into::into);
        Plan::Map { wire, key: argument(0), value: argument(1) }
    };
    match name {
        "java.util.List" | "java.util.ArrayList" | "java.util.Collection" | "java.lang.Iterable" => {
            list(None)
        }
        "java.util.Queue" | "java.util.Deque" => list(Some("java.util.LinkedList")),
        "java.util.LinkedList"
        | "java.util.Vector"
        | "java.util.Stack"
        | "java.util.ArrayDeque"
        | "java.util.concurrent.CopyOnWriteArrayList" => list(Some(name)),
        "java.util.Set" | "java.util.HashSet" => set("java.util.HashSet"),
        "java.util.SortedSet" | "java.util.NavigableSet" | "java.util.TreeSet" => set("java.util.TreeSet"),
        "java.util.LinkedHashSet" | "java.util.concurrent.CopyOnWriteArraySet" => set(name),
        "java.util.Map" | "java.util.HashMap" => map(None),
        "java.util.SortedMap" | "java.util.NavigableMap" | "java.util.TreeMap" => {
            map(Some("java.util.TreeMap"))
        }
        "java.util.concurrent.ConcurrentMap" | "java.util.concurrent.ConcurrentHashMap" => {
            map(Some("java.util.concurrent.ConcurrentHashMap"))
        }
        "java.util.LinkedHashMap" | "java.util.Hashtable" | "java.util.Properties" => map(Some(name)),
        _ => Plan::Object(name.into()),
    }
}
