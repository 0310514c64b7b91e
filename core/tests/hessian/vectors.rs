//! Every shared vector, in the directions and profiles that it names.

use polydubbo::codec::hessian::{GraphBuilder, Profile, Reader, Refs, Value, Writer};
use serde_json::Value as Json;

use crate::tagged::{Tagged, protect_surrogates, unhex};

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    dir: String,
    profile: String,
    pub(crate) want: Want,
}

pub(crate) enum Want {
    /// One value, or several that share the tables of one body.
    Values(Vec<Tagged>),
    Error(String),
}

pub(crate) fn load() -> Vec<Vector> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/hessian2.json");
    let text = protect_surrogates(&std::fs::read_to_string(path).unwrap());
    let Json::Array(rows) = serde_json::from_str(&text).unwrap() else { panic!("an array") };
    rows.iter().map(Vector::parse).collect()
}

impl Vector {
    fn parse(row: &Json) -> Self {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let value = &row["value"];
        let want = match value["t"].as_str().unwrap() {
            "error" => Want::Error(value["kind"].as_str().unwrap().to_owned()),
            "stream" => Want::Values(value["items"].as_array().unwrap().iter().map(Tagged::parse).collect()),
            _ => Want::Values(vec![Tagged::parse(value)]),
        };
        let bytes = unhex(&text("hex"));
        Self { name: text("name"), bytes, dir: text("dir"), profile: text("profile"), want }
    }

    fn is_decoded(&self) -> bool {
        matches!(&*self.dir, "both" | "decode")
    }

    fn is_encoded(&self) -> bool {
        matches!(&*self.dir, "both" | "encode")
    }

    /// The profiles whose writer gives exactly these bytes.
    fn profiles(&self) -> &[Profile] {
        match &*self.profile {
            "hl3" => &[Profile::Hl3],
            "hl4" => &[Profile::Hl4],
            _ => &[Profile::Portable, Profile::Hl3, Profile::Hl4],
        }
    }
}

#[test]
fn every_vector_decodes_to_its_value_or_error() {
    let (mut decoded, mut refused) = (0, 0);
    for vector in load().iter().filter(|vector| vector.is_decoded()) {
        let got = Tagged::read_all(&vector.bytes);
        match (&vector.want, got) {
            (Want::Values(want), Ok(got)) => {
                assert_eq!(&got, want, "{}", vector.name);
                decoded += 1;
            }
            (Want::Error(want), Err(got)) => {
                assert_eq!(got.kind().name(), want, "{}: {got}", vector.name);
                refused += 1;
            }
            (_, got) => panic!("{}: {got:?}", vector.name),
        }
    }
    assert_eq!((decoded, refused), (226, 25));
}

#[test]
fn every_vector_encodes_to_its_bytes() {
    let mut encoded = 0;
    for vector in load().iter().filter(|vector| vector.is_encoded()) {
        let Want::Values(values) = &vector.want else { panic!("{} has no value", vector.name) };
        for profile in vector.profiles() {
            let mut writer = Writer::with_profile(*profile);
            values.iter().for_each(|value| value.write(&mut writer));
            assert_eq!(writer.finish().unwrap(), vector.bytes, "{} {profile:?}", vector.name);
        }
        encoded += 1;
    }
    assert_eq!(encoded, 204);
}

#[test]
fn the_owned_model_gives_back_the_bytes_it_was_read_from() {
    for vector in load().iter().filter(|vector| vector.dir == "both") {
        let Want::Values(values) = &vector.want else { continue };
        let mut reader = Reader::new(&vector.bytes);
        let mut writer = Writer::with_profile(vector.profiles()[0]);
        let (mut builder, mut refs) = (GraphBuilder::new(), Refs::default());
        let graph: Vec<Value> =
            values.iter().map(|_| reader.build(&mut builder, &mut refs).unwrap()).collect();
        graph.iter().for_each(|value| writer.value(value).unwrap());
        assert_eq!(writer.finish().unwrap(), vector.bytes, "{}", vector.name);
    }
}

#[test]
fn skipping_ends_where_reading_ends() {
    for vector in load().iter().filter(|vector| vector.is_decoded()) {
        let Want::Values(values) = &vector.want else { continue };
        let (mut reader, mut skipper) = (Reader::new(&vector.bytes), Reader::new(&vector.bytes));
        let (mut builder, mut refs) = (GraphBuilder::new(), Refs::default());
        for _ in values {
            reader.build(&mut builder, &mut refs).unwrap();
            skipper.skip_value().unwrap();
            assert_eq!(reader.position(), skipper.position(), "{}", vector.name);
            assert_eq!(reader.slots(), skipper.slots(), "{}", vector.name);
        }
        skipper.expect_end().unwrap();
    }
}
