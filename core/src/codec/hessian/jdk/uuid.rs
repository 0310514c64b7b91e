//! `java.util.UUID`.

use std::fmt;
use std::str::FromStr;

use super::ParseNumberError;
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::object::{ObjectPlan, begin_required_object};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::writer::Writer;

/// A `java.util.UUID`, as its 128 bits, most significant first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub u128);

static WRITE: ObjectPlan = ObjectPlan::new("java.util.UUID", &["value"]);
/// hessian-lite up to 3.2.7 (Dubbo up to 2.7.7) sends the two halves.
static READ: ObjectPlan = ObjectPlan::new("java.util.UUID", &["value", "leastSigBits", "mostSigBits"]);

impl ToHessian for Uuid {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        WRITE.begin(w)?;
        w.string(&self.to_string());
        Ok(())
    }
}

impl<'de> FromHessian<'de> for Uuid {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let container = begin_required_object(r)?;
        let mut cursor = READ.cursor(r, container)?;
        let (mut text, mut low, mut high) = (None, None, None);
        while let Some(index) = cursor.next_field(r)? {
            match index {
                0 => text = Some(r.read::<String>()?),
                1 => low = Some(r.read_long()? as u64),
                _ => high = Some(r.read_long()? as u64),
            }
        }
        match (text, high, low) {
            (Some(text), _, _) => {
                text.parse().map_err(|_| r.fault(DecodeErrorKind::Custom("malformed UUID".into())))
            }
            (None, Some(high), Some(low)) => Ok(Self(u128::from(high) << 64 | u128::from(low))),
            _ => Err(r.fault(DecodeErrorKind::MissingField("value"))),
        }
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        let group = |shift: u32, mask: u128| bits >> shift & mask;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            group(96, 0xffff_ffff),
            group(80, 0xffff),
            group(64, 0xffff),
            group(48, 0xffff),
            group(0, 0xffff_ffff_ffff)
        )
    }
}

impl FromStr for Uuid {
    type Err = ParseNumberError;

    /// Parses five groups of hexadecimal digits; like Java it takes groups with fewer digits.
    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        let mut bits = 0;
        let mut groups = text.split('-');
        for digits in [8, 4, 4, 4, 12] {
            let group = groups.next().ok_or(ParseNumberError)?;
            let is_hex = group.bytes().all(|octet| octet.is_ascii_hexdigit());
            if !is_hex || group.len() > digits {
                return Err(ParseNumberError);
            }
            let value = u128::from_str_radix(group, 16).map_err(|_| ParseNumberError)?;
            bits = bits << (4 * digits) | value;
        }
        if groups.next().is_some() { Err(ParseNumberError) } else { Ok(Self(bits)) }
    }
}
