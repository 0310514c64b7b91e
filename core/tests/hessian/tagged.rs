//! The tagged values of the shared vectors: parsed from JSON, built from bytes, written to bytes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use polydubbo::codec::hessian::{ClassDef, DecodeError, Ended, Reader, Refs, Text, ValueBuilder, Writer};
use serde_json::Value as Json;

/// A value as the vectors describe it. References stay references.
#[derive(Debug, Clone)]
pub(crate) enum Tagged {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Double(f64),
    Date(i64),
    String(Vec<u16>),
    Bytes(Vec<u8>),
    List { java_type: Option<String>, items: Vec<Self> },
    Map { java_type: Option<String>, entries: Vec<(Self, Self)> },
    Object { class: String, fields: Vec<(String, Self)> },
    Ref(u32),
}

impl PartialEq for Tagged {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Long(a), Self::Long(b)) | (Self::Date(a), Self::Date(b)) => a == b,
            // Bits, so that -0.0 differs from 0.0; all NaNs are alike.
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Ref(a), Self::Ref(b)) => a == b,
            (Self::List { java_type: t, items: a }, Self::List { java_type: u, items: b }) => {
                t == u && a == b
            }
            (Self::Map { java_type: t, entries: a }, Self::Map { java_type: u, entries: b }) => {
                t == u && a == b
            }
            (Self::Object { class: t, fields: a }, Self::Object { class: u, fields: b }) => t == u && a == b,
            _ => false,
        }
    }
}

/// Lone surrogates stand in the JSON text as escapes that no JSON parser of Rust accepts: they are moved
/// to private characters before parsing, and back afterwards.
const PRIVATE: u32 = 0x10_f800;

/// Rewrites the escapes of lone surrogates; pairs stay.
pub(crate) fn protect_surrogates(json: &str) -> String {
    let unit = |at: usize| {
        let escape = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(escape, 16).ok()
    };
    let (mut out, mut at) = (String::new(), 0);
    while at < json.len() {
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => {
                out.push_str(&json[at..at + 12]);
                at += 12;
            }
            Some(lone @ 0xd800..=0xdfff) => {
                out.extend(char::from_u32(PRIVATE + lone - 0xd800));
                at += 6;
            }
            _ => {
                let c = json[at..].chars().next().unwrap();
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}

fn units(text: &str) -> Vec<u16> {
    let to_units = |c: char| match u32::from(c) {
        code @ PRIVATE..=0x10_ffff => vec![(code - PRIVATE + 0xd800) as u16],
        _ => c.encode_utf16(&mut [0; 2]).to_vec(),
    };
    text.chars().flat_map(to_units).collect()
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

impl Tagged {
    pub(crate) fn parse(json: &Json) -> Self {
        let text = |key: &str| json[key].as_str().unwrap().to_owned();
        let java_type = || json["type"].as_str().map(str::to_owned);
        let list = |key: &str| json[key].as_array().unwrap().iter();
        match json["t"].as_str().unwrap() {
            "null" => Self::Null,
            "bool" => Self::Bool(json["v"].as_bool().unwrap()),
            "int" => Self::Int(json["v"].as_i64().unwrap().try_into().unwrap()),
            "long" => Self::Long(text("v").parse().unwrap()),
            "double" => Self::Double(text("v").parse().unwrap()),
            "date" => Self::Date(text("v").parse().unwrap()),
            "string" => Self::String(units(json["v"].as_str().unwrap())),
            "bytes" => Self::Bytes(unhex(&text("hex"))),
            "list" => Self::List { java_type: java_type(), items: list("items").map(Self::parse).collect() },
            "map" => {
                let entry = |entry: &Json| (Self::parse(&entry[0]), Self::parse(&entry[1]));
                Self::Map { java_type: java_type(), entries: list("entries").map(entry).collect() }
            }
            "object" => {
                let field = |field: &Json| (field[0].as_str().unwrap().to_owned(), Self::parse(&field[1]));
                let mut fields: Vec<_> = list("fields").map(field).collect();
                // The one value of a compact java.time object reads as a field with this name.
                if let Some(day) = json["epochDay"].as_str() {
                    fields.push(("epochDay".into(), Self::Long(day.parse().unwrap())));
                }
                Self::Object { class: text("class"), fields }
            }
            "ref" => Self::Ref(json["slot"].as_u64().unwrap().try_into().unwrap()),
            other => panic!("unknown tag {other}"),
        }
    }

    /// Writes the value through the public writer.
    pub(crate) fn write(&self, w: &mut Writer) {
        match self {
            Self::Null => w.null(),
            Self::Bool(value) => w.bool(*value),
            Self::Int(value) => w.int(*value),
            Self::Long(value) => w.long(*value),
            Self::Double(value) => w.double(*value),
            Self::Date(ms) => w.date_ms(*ms),
            Self::Bytes(data) => w.binary(data),
            Self::Ref(slot) => w.reference(*slot).unwrap(),
            Self::String(units) => match String::from_utf16(units) {
                Ok(text) => w.string(&text),
                Err(_) => w.string_utf16(units),
            },
            Self::List { java_type, items } => {
                w.begin_list(java_type.as_deref(), items.len()).unwrap();
                items.iter().for_each(|item| item.write(w));
            }
            Self::Map { java_type, entries } => {
                w.begin_map(java_type.as_deref()).unwrap();
                for (key, value) in entries {
                    key.write(w);
                    value.write(w);
                }
                w.end_map().unwrap();
            }
            Self::Object { class, fields } => {
                let names = fields.iter().map(|(name, _)| name);
                w.begin_object(&ClassDef::with_hidden_fields(class, names).unwrap()).unwrap();
                fields.iter().for_each(|(_, value)| value.write(w));
            }
        }
    }

    /// Reads all values of a body.
    pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (mut builder, mut refs) = (TaggedBuilder::default(), Refs::default());
        let mut values = Vec::new();
        loop {
            values.push(reader.build(&mut builder, &mut refs)?.into_tagged());
            if reader.is_at_end() {
                return Ok(values);
            }
        }
    }
}

/// Builds tagged values and numbers the containers itself.
#[derive(Default)]
struct TaggedBuilder {
    slots: u32,
}

/// A value under construction and its slot.
#[derive(Clone)]
struct Node {
    value: Rc<RefCell<Tagged>>,
    slot: u32,
}

impl Node {
    fn into_tagged(self) -> Tagged {
        self.value.borrow().clone()
    }
}

impl TaggedBuilder {
    fn scalar(value: Tagged) -> Result<Node, DecodeError> {
        Ok(Node { value: Rc::new(RefCell::new(value)), slot: u32::MAX })
    }

    fn container(&mut self, value: Tagged) -> Result<Node, DecodeError> {
        let mut node = Self::scalar(value)?;
        node.slot = self.slots;
        self.slots += 1;
        Ok(node)
    }
}

impl ValueBuilder for TaggedBuilder {
    type Value = Node;
    type Error = DecodeError;

    fn null(&mut self) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Null)
    }

    fn bool(&mut self, value: bool) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Bool(value))
    }

    fn int(&mut self, value: i32) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Int(value))
    }

    fn long(&mut self, value: i64) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Long(value))
    }

    fn double(&mut self, value: f64) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Double(value))
    }

    fn date_ms(&mut self, ms: i64) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Date(ms))
    }

    fn string(&mut self, text: Text<'_>) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::String(text.to_utf16()))
    }

    fn binary(&mut self, data: Cow<'_, [u8]>) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Bytes(data.into_owned()))
    }

    fn begin_list(&mut self, java_type: Option<&str>, _: Option<usize>) -> Result<Node, DecodeError> {
        self.container(Tagged::List { java_type: java_type.map(str::to_owned), items: Vec::new() })
    }

    fn list_push(&mut self, list: &Node, item: Node) -> Result<(), DecodeError> {
        if let Tagged::List { items, .. } = &mut *list.value.borrow_mut() {
            items.push(item.into_tagged());
        }
        Ok(())
    }

    fn begin_map(&mut self, java_type: Option<&str>) -> Result<Node, DecodeError> {
        self.container(Tagged::Map { java_type: java_type.map(str::to_owned), entries: Vec::new() })
    }

    fn map_put(&mut self, map: &Node, key: Node, value: Node) -> Result<(), DecodeError> {
        if let Tagged::Map { entries, .. } = &mut *map.value.borrow_mut() {
            entries.push((key.into_tagged(), value.into_tagged()));
        }
        Ok(())
    }

    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Node, DecodeError> {
        let object = Tagged::Object { class: class.name().into(), fields: Vec::new() };
        // Java's writers give this one no slot.
        if class.name() == "java.net.InetAddress$InetAddressHolder" {
            return Self::scalar(with_names(object, class));
        }
        self.container(with_names(object, class))
    }

    fn field(&mut self, object: &Node, index: usize, value: Node) -> Result<(), DecodeError> {
        if let Tagged::Object { fields, .. } = &mut *object.value.borrow_mut() {
            fields[index].1 = value.into_tagged();
        }
        Ok(())
    }

    fn end(&mut self, container: Node) -> Result<Ended<Node>, DecodeError> {
        Ok(Ended::Same(container))
    }

    fn reference(&mut self, target: &Node, _: bool) -> Result<Node, DecodeError> {
        Self::scalar(Tagged::Ref(target.slot))
    }
}

fn with_names(object: Tagged, class: &ClassDef) -> Tagged {
    let Tagged::Object { class: name, .. } = object else { return object };
    let fields = class.fields().iter().map(|field| (field.to_string(), Tagged::Null)).collect();
    Tagged::Object { class: name, fields }
}
