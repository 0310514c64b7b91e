//! Tagged values of the scenario file.
//!
//! They are written as Hessian2 by the letter, with none of its short forms and without the library's writer, and then
//! read by the library: what comes out is what a call would have brought.

use polydubbo::codec::hessian::{Reader, Value};
use serde_json::Value as Json;

use crate::Result;

/// The value as the library reads it.
pub(crate) fn value(json: &Json) -> Result<Value> {
    let mut out = Letters::default();
    out.value(json)?;
    Ok(Reader::new(&out.bytes).read()?)
}

/// Hessian2 in the making.
#[derive(Default)]
struct Letters {
    bytes: Vec<u8>,
    /// Class and field names of every definition so far.
    definitions: Vec<Vec<String>>,
}

impl Letters {
    fn value(&mut self, json: &Json) -> Result<()> {
        match text(json, "t")? {
            "null" => self.bytes.push(b'N'),
            "bool" => self.bytes.push(if json["v"] == true { b'T' } else { b'F' }),
            "int" => self.int(json["v"].as_i64().and_then(|v| i32::try_from(v).ok()).ok_or("no int")?),
            "long" => self.tagged(b'L', &text(json, "v")?.parse::<i64>()?.to_be_bytes()),
            "double" => self.tagged(b'D', &text(json, "v")?.parse::<f64>()?.to_be_bytes()),
            "date" => self.tagged(0x4a, &text(json, "v")?.parse::<i64>()?.to_be_bytes()),
            "string" => self.string(&units(json)?),
            "bytes" => self.binary(&binary(json)?),
            "list" => self.list(json)?,
            "map" => self.map(json)?,
            "object" => self.object(json)?,
            "ref" => {
                self.bytes.push(0x51);
                self.int(json["slot"].as_i64().and_then(|v| i32::try_from(v).ok()).ok_or("no slot")?);
            }
            other => return Err(format!("unknown tag {other}").into()),
        }
        Ok(())
    }

    fn list(&mut self, json: &Json) -> Result<()> {
        let items = array(json, "items")?;
        match json["type"].as_str() {
            Some(java_type) => {
                self.bytes.push(b'V');
                self.name(java_type);
            }
            None => self.bytes.push(0x58),
        }
        self.count(items.len());
        items.iter().try_for_each(|item| self.value(item))
    }

    fn map(&mut self, json: &Json) -> Result<()> {
        match json["type"].as_str() {
            Some(java_type) => {
                self.bytes.push(b'M');
                self.name(java_type);
            }
            None => self.bytes.push(b'H'),
        }
        for entry in array(json, "entries")? {
            self.value(&entry[0])?;
            self.value(&entry[1])?;
        }
        self.bytes.push(b'Z');
        Ok(())
    }

    fn object(&mut self, json: &Json) -> Result<()> {
        let fields = array(json, "fields")?;
        let mut definition = vec![text(json, "class")?.to_owned()];
        definition.extend(fields.iter().filter_map(|field| field[0].as_str()).map(str::to_owned));
        let index = self.define(definition);
        self.bytes.push(b'O');
        self.count(index);
        fields.iter().try_for_each(|field| self.value(&field[1]))
    }

    fn define(&mut self, definition: Vec<String>) -> usize {
        if let Some(known) = self.definitions.iter().position(|other| *other == definition) {
            return known;
        }
        self.bytes.push(b'C');
        self.name(&definition[0]);
        self.count(definition.len() - 1);
        for field in &definition[1..] {
            self.name(field);
        }
        self.definitions.push(definition);
        self.definitions.len() - 1
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(bytes);
    }

    fn int(&mut self, value: i32) {
        self.tagged(b'I', &value.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.int(i32::try_from(count).expect("the scenario file is small"));
    }

    fn name(&mut self, name: &str) {
        self.string(&name.encode_utf16().collect::<Vec<_>>());
    }

    /// Each unit in UTF-8 form of its own, surrogates too.
    fn string(&mut self, units: &[u16]) {
        self.chunks(units.len(), b'R', b'S', |out, range| {
            for &unit in &units[range] {
                match unit {
                    0..0x80 => out.push(unit as u8),
                    0x80..0x800 => out.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
                    _ => out.extend([
                        0xe0 | (unit >> 12) as u8,
                        0x80 | (unit >> 6 & 0x3f) as u8,
                        0x80 | (unit & 0x3f) as u8,
                    ]),
                }
            }
        });
    }

    fn binary(&mut self, bytes: &[u8]) {
        self.chunks(bytes.len(), b'A', b'B', |out, range| out.extend_from_slice(&bytes[range]));
    }

    /// Chunks of at most 32768; all but the last with their own tag.
    fn chunks(&mut self, len: usize, more: u8, last: u8, put: impl Fn(&mut Vec<u8>, std::ops::Range<usize>)) {
        let mut start = 0;
        loop {
            let end = len.min(start + 0x8000);
            let size = u16::try_from(end - start).expect("at most 0x8000");
            self.tagged(if end < len { more } else { last }, &size.to_be_bytes());
            put(&mut self.bytes, start..end);
            start = end;
            if start == len {
                return;
            }
        }
    }
}

/// UTF-16 of a string value: `v`, or `utf16` in hexadecimal; `times` repeats it.
fn units(json: &Json) -> Result<Vec<u16>> {
    let units = match json["utf16"].as_str() {
        Some(hex) => {
            bytes_of(hex)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
        }
        None => text(json, "v")?.encode_utf16().collect::<Vec<_>>(),
    };
    Ok(units.repeat(times(json)))
}

/// A bytes value: `hex`, repeated `times`, or a `sequence` of which byte i is i mod 251.
fn binary(json: &Json) -> Result<Vec<u8>> {
    if let Some(length) = json["sequence"].as_u64() {
        return Ok(sequence(usize::try_from(length)?));
    }
    Ok(bytes_of(text(json, "hex")?)?.repeat(times(json)))
}

/// `length` bytes; byte i is i mod 251.
pub(crate) fn sequence(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

fn times(json: &Json) -> usize {
    json["times"].as_u64().map_or(1, |times| times as usize)
}

fn bytes_of(hex: &str) -> Result<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).unwrap_or(""));
    Ok(pairs.map(|pair| u8::from_str_radix(pair, 16)).collect::<std::result::Result<_, _>>()?)
}

fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str> {
    json[key].as_str().ok_or_else(|| format!("no text {key} in {json}").into())
}

fn array<'a>(json: &'a Json, key: &str) -> Result<&'a Vec<Json>> {
    json[key].as_array().ok_or_else(|| format!("no list {key} in {json}").into())
}

#[cfg(test)]
mod tests {
    use polydubbo::codec::hessian::JavaString;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_what_the_library_reads() {
        let list = json!({"t": "list", "type": "[int", "items": [{"t": "int", "v": 7}]});
        assert_eq!(value(&list).unwrap(), Value::typed_list("[int", [Value::Int(7)]));
        let lone = json!({"t": "string", "utf16": "0061d83d"});
        assert_eq!(value(&lone).unwrap(), Value::String(JavaString::from_utf16(&[0x61, 0xd83d])));
        let long = json!({"t": "string", "v": "é", "times": 40000});
        assert_eq!(value(&long).unwrap().as_str().map(|text| text.chars().count()), Some(40000));
        assert_eq!(
            value(&json!({"t": "bytes", "sequence": 3})).unwrap(),
            Value::Binary(vec![0, 1, 2].into())
        );
    }

    #[test]
    fn a_reference_closes_a_cycle() {
        let node = json!({"t": "object", "class": "a.Node", "fields": [["next", {"t": "ref", "slot": 0}]]});
        let node = value(&node).unwrap();
        assert_eq!(node.get("next").and_then(Value::identity), node.identity());
    }
}
