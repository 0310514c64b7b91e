//! Truncated, mutated and deeply nested bytes: errors, never a panic, and never a deep stack.

use std::collections::HashMap;

use bytes::Bytes;
use polydubbo::codec::hessian::jdk::{BigInteger, Uuid, ZonedDateTime};
use polydubbo::codec::hessian::serde::Serde;
use polydubbo::codec::hessian::{
    Array, Binary, DecodeError, FromHessian, FromHessianOwned, JavaString, Reader, ToHessian, Value, Writer,
    read_throwable,
};

use crate::vectors::{Want, load};

#[test]
fn every_truncation_of_every_vector_is_an_error() {
    for vector in load() {
        let Want::Values(values) = &vector.want else { continue };
        for cut in 0..vector.bytes.len() {
            let bytes = &vector.bytes[..cut];
            let mut reader = Reader::new(bytes);
            let built = values.iter().try_for_each(|_| reader.read::<Value>().map(drop));
            assert!(built.is_err(), "{} cut at {cut} was built", vector.name);
            let skipped = Reader::new(bytes).skip_values(values.len());
            assert!(skipped.is_err(), "{} cut at {cut} was skipped", vector.name);
        }
    }
}

#[test]
fn mutated_vectors_never_panic_and_stay_consistent() {
    let seed = std::env::var("HESSIAN_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("HESSIAN_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let vectors = load();
    for _ in 0..60_000 {
        let mut bytes = vectors[random.usize(..vectors.len())].bytes.clone();
        for _ in 0..random.usize(1..4) {
            mutate(&mut bytes, &mut random);
        }
        check(&bytes);
        read_typed(&bytes);
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    let at = random.usize(..=bytes.len());
    match random.u8(..4) {
        0 => bytes.insert(at, random.u8(..)),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 if at < bytes.len() => bytes[at] = random.u8(..),
        _ if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
        _ => bytes.push(random.u8(..)),
    }
}

/// Typed targets take what they get, or refuse it.
fn read_typed(bytes: &[u8]) {
    fn read<T: FromHessianOwned>(bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        while !reader.is_at_end() && reader.read::<T>().is_ok() {}
    }
    read::<Serde<serde_json::Value>>(bytes);
    read::<Vec<HashMap<String, Option<i64>>>>(bytes);
    read::<Option<JavaString>>(bytes);
    read::<Array<Binary>>(bytes);
    read::<ZonedDateTime>(bytes);
    read::<BigInteger>(bytes);
    read::<Uuid>(bytes);
    read::<Nested>(bytes);
    if let Ok(value) = Reader::new(bytes).read::<Value>() {
        drop((value.plain(), format!("{value:?}")));
    }
    drop(read_throwable(&Bytes::copy_from_slice(bytes)));
}

/// What is read is skipped alike, and survives writing and reading again.
fn check(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    let Ok(value) = reader.read::<Value>() else { return };
    let mut skipper = Reader::new(bytes);
    skipper.skip_value().unwrap();
    assert_eq!(skipper.position(), reader.position(), "{bytes:x?}");
    let mut writer = Writer::new();
    // Only a name that no Java class has cannot be written again.
    if writer.value(&value).is_ok() {
        let again = writer.finish().unwrap();
        let read: Value = Reader::new(&again).read().unwrap();
        assert_eq!(read, value, "{bytes:x?}");
    }
}

/// A type that recurses as deep as the data does.
struct Nested(Vec<Self>);

impl<'de> FromHessian<'de> for Nested {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let mut items = Vec::new();
        let Some(mut list) = r.begin_list()? else { return Ok(Self(items)) };
        while r.next_item(&mut list)? {
            items.push(r.read()?);
        }
        Ok(Self(items))
    }
}

#[test]
fn the_deepest_permitted_value_fits_a_stack_of_one_mebibyte() {
    let run = || {
        let deepest = [vec![0x79; 511], vec![0x78]].concat();
        let value: Value = Reader::new(&deepest).read().unwrap();
        Reader::new(&deepest).skip_value().unwrap();
        let nested: Nested = Reader::new(&deepest[300..]).read().unwrap();
        assert_eq!(nested.0.len(), 1);
        let mut writer = Writer::new();
        value.write_hessian(&mut writer).unwrap();
        assert_eq!(writer.finish().unwrap(), deepest);
        let bomb = vec![0x79; 100_000];
        assert_eq!(Reader::new(&bomb).read::<Value>().unwrap_err().kind().name(), "depth_limit");
        assert_eq!(Reader::new(&bomb).skip_value().unwrap_err().kind().name(), "depth_limit");
        assert!(Reader::new(&bomb).read::<Nested>().is_err());
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
